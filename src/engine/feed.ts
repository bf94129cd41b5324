import type { PlanBatch } from './ledger.ts';

/** A batch on its way from the archive to the target. */
export interface FedBatch {
  batch: PlanBatch;
  bytes: Buffer;
  /** The bytes are not needed any more. */
  release: () => void;
}

/**
 * Reads ahead of one lane, bounded by bytes: at most `limit` bytes wait in it, or one batch if that is larger.
 */
export class Feed {
  private readonly queue: FedBatch[] = [];
  private readonly limit: number;
  private readonly abort = new AbortController();
  private waiting = 0;
  private ended = false;
  private failure: Error | null = null;
  private wakeReader: (() => void) | null = null;
  private wakePump: (() => void) | null = null;

  /**
   * @param source opened at once; it must stop when its signal is aborted
   * @param limit bytes
   */
  constructor(source: (signal: AbortSignal) => AsyncIterable<FedBatch>, limit: number) {
    this.limit = limit;
    void this.pump(source);
  }

  /** The next batch if it is here already. @throws what the source threw, once all before it was taken */
  peek(): FedBatch | undefined {
    if (this.queue.length === 0 && this.failure !== null) throw this.failure;
    return this.queue[0];
  }

  /** Lets go of the batch that `peek` showed: it is settled, and its bytes are not needed any more. */
  shift(): void {
    const taken = this.queue.shift();
    if (!taken) throw new Error('feed: nothing to take');
    this.waiting -= taken.bytes.length;
    taken.release();
    this.wakePump?.();
  }

  /** Everything was taken. */
  get done(): boolean {
    return this.ended && this.queue.length === 0 && this.failure === null;
  }

  /** Resolves when `peek` has something to say, or the feed is done. */
  async ready(): Promise<void> {
    if (this.queue.length > 0 || this.ended) return;
    await new Promise<void>((resolve) => (this.wakeReader = resolve));
  }

  close(): void {
    this.abort.abort();
    this.wakePump?.();
    this.wakeReader?.();
  }

  private async pump(source: (signal: AbortSignal) => AsyncIterable<FedBatch>): Promise<void> {
    try {
      for await (const fed of source(this.abort.signal)) {
        this.queue.push(fed);
        this.waiting += fed.bytes.length;
        this.wakeReader?.();
        while (this.waiting >= this.limit && !this.abort.signal.aborted) {
          await new Promise<void>((resolve) => (this.wakePump = resolve));
        }
        if (this.abort.signal.aborted) break;
      }
    } catch (error) {
      if (!this.abort.signal.aborted) this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.ended = true;
    this.wakeReader?.();
  }
}
