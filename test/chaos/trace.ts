import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { describe, type Scenario } from './scenario.ts';

/** What happened in one scenario, line by line: `{"ms": since its start, "event": …}`. */
export class Trace {
  readonly file: string;
  readonly #started = performance.now();
  readonly #stream: WriteStream;

  constructor(file: string, scenario: Scenario) {
    this.file = file;
    this.#stream = createWriteStream(file);
    this.note('scenario', describe(scenario));
  }

  get ms(): number {
    return Math.round(performance.now() - this.#started);
  }

  note(event: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.#stream.write(`${JSON.stringify({ ms: this.ms, event, ...details })}\n`);
  }

  /** @param keep whether anybody will want to read it */
  async close(keep: boolean): Promise<void> {
    this.#stream.end();
    await once(this.#stream, 'close');
    if (!keep) await rm(this.file);
  }
}
