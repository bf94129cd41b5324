import type { AcknowledgedBatch } from '../support/produce-answers.ts';
import type { Report } from '../../src/model/report.ts';

/** What brokers have acknowledged, as the proxies before them saw it; whether clients learned of it or not. */
export class Acknowledgements {
  readonly #batches = new Map<string, AcknowledgedBatch[]>();

  readonly add = (batch: AcknowledgedBatch): void => {
    const key = `${batch.topic}/${batch.partition}`;
    const known = this.#batches.get(key);
    if (known === undefined) this.#batches.set(key, [batch]);
    else known.push(batch);
  };

  /** Records of a topic; those that were acknowledged twice count once. */
  records(topic: string): number {
    let sum = 0;
    for (const [key, batches] of this.#batches) {
      if (!key.startsWith(`${topic}/`)) continue;
      const byOffset = new Map(batches.map(({ offset, records }) => [offset, records]));
      for (const records of byOffset.values()) sum += records;
    }
    return sum;
  }

  /** What is acknowledged of the report's topics and stands behind the position that it has noted, or committed. */
  beyond(report: Report | null, topics: readonly string[]): { records: number; bytes: number } {
    const beyond = { records: 0, bytes: 0 };
    for (const topic of topics) {
      const noted = report?.topics.find(({ target }) => target === topic);
      for (const [key, batches] of this.#batches) {
        if (!key.startsWith(`${topic}/`)) continue;
        const partition = noted?.partitions.find((one) => `${topic}/${one.partition}` === key);
        const end = partition?.last ? partition.last.offset + partition.last.count : (partition?.start ?? 0);
        const behind = new Map(batches.filter(({ offset }) => offset >= end).map((batch) => [batch.offset, batch]));
        for (const { records, bytes } of behind.values()) {
          beyond.records += records;
          beyond.bytes += bytes;
        }
      }
    }
    return beyond;
  }

  forget(topic: string): void {
    for (const key of this.#batches.keys()) if (key.startsWith(`${topic}/`)) this.#batches.delete(key);
  }
}
