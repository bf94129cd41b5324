import type { AcknowledgedBatch } from './produce-answers.ts';

/** When brokers acknowledged what, as the proxies in front of them saw it. */
export class Acknowledgements {
  readonly #seen: { readonly at: number; readonly topic: string; readonly records: number }[] = [];

  readonly saw = ({ topic, records }: AcknowledgedBatch): void => {
    this.#seen.push({ at: performance.now(), topic, records });
  };

  /**
   * How long ago the first record of the topic was acknowledged that is not among the noted ones; 0 if all are, null before
   * anything was acknowledged. Milliseconds.
   * @param noted number of records; `at` which moment, of `performance.now()`
   */
  lateness(topic: string, { noted, at }: { noted: number; at: number }): number | null {
    const seen = this.#seen.filter((batch) => batch.topic === topic && batch.at <= at);
    if (seen.length === 0) return null;
    let records = 0;
    const first = seen.find((batch) => (records += batch.records) > noted);
    return first === undefined ? 0 : at - first.at;
  }
}
