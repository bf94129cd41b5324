import { backoffMs } from '../model/backoff.ts';
import type { Logger } from '../telemetry/log.ts';
import { inWords } from './errors.ts';

const backoff = { firstMs: 5, maxMs: 60_000 };

export interface WorkQueueOptions {
  /** How many keys are worked on at once; at least 1. */
  readonly workers: number;
  /** Looks at everything about the key. What it throws makes the key come again later. */
  readonly handle: (key: string, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Keys to be looked at. A key waits once however often it is added, is never worked on twice at the same time, and comes
 * again when it was added meanwhile. Failures come again after 5 ms, doubling up to 1 min; a success ends that.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ready = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #addedMeanwhile = new Set<string>();
  readonly #delayed = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueAt: number }>();
  readonly #failures = new Map<string, number>();
  readonly #stopping = new AbortController();
  #started = false;

  constructor(options: WorkQueueOptions) {
    if (options.workers < 1) throw new RangeError('A work queue needs at least one worker.');
    this.#options = options;
  }

  /** Keys that wait for a worker or are with one. */
  get length(): number {
    return this.#ready.size + this.#working.size;
  }

  add(key: string): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#working.has(key)) this.#addedMeanwhile.add(key);
    else this.#ready.add(key);
    this.#assign();
  }

  /** Adds the key in so many milliseconds, or earlier if an earlier time was asked for before. */
  addAfter(key: string, ms: number): void {
    if (this.#stopping.signal.aborted) return;
    const dueAt = Date.now() + ms;
    const planned = this.#delayed.get(key);
    if (planned !== undefined && planned.dueAt <= dueAt) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, ms);
    this.#delayed.set(key, { timer, dueAt });
  }

  start(): void {
    this.#started = true;
    this.#assign();
  }

  /** Takes no more, aborts the signal of the handlers at work, settles when they are done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.clear();
    await Promise.all(this.#working.values());
  }

  #assign(): void {
    if (!this.#started) return;
    for (const key of this.#ready) {
      if (this.#working.size >= this.#options.workers) return;
      this.#ready.delete(key);
      this.#working.set(key, this.#work(key));
    }
  }

  async #work(key: string): Promise<void> {
    try {
      // A handler that throws at once must fail as one that throws later.
      await Promise.resolve().then(() => this.#options.handle(key, this.#stopping.signal));
      this.#failures.delete(key);
    } catch (error) {
      this.#retry(key, error);
    } finally {
      this.#working.delete(key);
      if (this.#addedMeanwhile.delete(key)) this.add(key);
      this.#assign();
    }
  }

  #retry(key: string, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const againMs = backoffMs(failures, backoff);
    this.#options.logger.warn({ key, failures, againMs, error: inWords(error) }, 'a key failed, it comes again');
    this.addAfter(key, againMs);
  }
}
