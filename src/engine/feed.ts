import type { PlanBatch } from './ledger.ts';

/** A batch on its way from the archive to the target. */
export interface FedBatch {
  batch: PlanBatch;
  bytes: Buffer;
  /** The bytes are not needed any more. */
  release: () => void;
}

/**
 * Reads ahead of one partition's sending, bounded by bytes: at most `limit` bytes are in it, or one batch if that is
 * larger. A batch stays in it until it is settled.
 */
export class Feed {
  private readonly queue: FedBatch[] = [];
  private readonly limit: number;
  private readonly abort = new AbortController();
  private waiting = 0;
  private ended = false;
  private failure: Error | null = null;
  private readonly onNews: () => void;
  private wakePump: (() => void) | null = null;

  /**
   * @param source opened at once; it must stop when its signal is aborted
   * @param limit bytes
   * @param onNews called whenever `peek` or `done` may have something new to say
   */
  constructor(source: (signal: AbortSignal) => AsyncIterable<FedBatch>, limit: number, onNews: () => void) {
    this.limit = limit;
    this.onNews = onNews;
    void this.pump(source);
  }

  /**
   * The batch that many places behind the oldest unsettled one, if it is here already.
   * @throws what the source threw, once all before it is settled
   */
  peek(behind: number): FedBatch | undefined {
    if (this.queue.length === 0 && this.failure !== null) throw this.failure;
    return this.queue[behind];
  }

  /** Lets go of the oldest batch: it is settled, and its bytes are not needed any more. */
  shift(): void {
    const taken = this.queue.shift();
    if (!taken) throw new Error('feed: nothing to take');
    this.waiting -= taken.bytes.length;
    taken.release();
    this.wakePump?.();
  }

  /** Everything is settled. */
  get done(): boolean {
    return this.ended && this.queue.length === 0 && this.failure === null;
  }

  close(): void {
    this.abort.abort();
    this.wakePump?.();
    this.onNews();
  }

  private async pump(source: (signal: AbortSignal) => AsyncIterable<FedBatch>): Promise<void> {
    try {
      for await (const fed of source(this.abort.signal)) {
        this.queue.push(fed);
        this.waiting += fed.bytes.length;
        this.onNews();
        while (this.waiting >= this.limit && !this.abort.signal.aborted) {
          await new Promise<void>((resolve) => (this.wakePump = resolve));
        }
        if (this.abort.signal.aborted) break;
      }
    } catch (error) {
      if (!this.abort.signal.aborted) this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.ended = true;
    this.onNews();
  }
}
