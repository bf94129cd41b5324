import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Bounds a rate over all that share it. It lends: a request may go out while there is credit at all, and what it took
 * too much is paid back by waiting, so that single batches larger than a second's worth pass too.
 */
export class RateLimiter {
  private readonly perSecond: number;
  private readonly now: () => number;
  private balance: number;
  private at: number;

  /**
   * @param perSecond units per second; `Infinity` never waits
   * @param now clock in milliseconds, monotonic
   */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.perSecond = perSecond;
    this.now = now;
    this.balance = 0;
    this.at = now();
  }

  /** Milliseconds to wait before the next unit may go out. */
  get delay(): number {
    this.refill();
    return this.balance >= 0 || this.perSecond === Infinity ? 0 : (-this.balance / this.perSecond) * 1000;
  }

  /** Waits until something may go out. Returns early when aborted: then nothing may. */
  async credit(signal: AbortSignal): Promise<void> {
    for (let wait = this.delay; wait > 0 && !signal.aborted; wait = this.delay) {
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Notes what went out. */
  charge(units: number): void {
    this.refill();
    this.balance -= units;
  }

  private refill(): void {
    if (this.perSecond === Infinity) return;
    const now = this.now();
    // At most a tenth of a second is saved up, so that a pause is not followed by a burst.
    this.balance = Math.min(this.perSecond / 10, this.balance + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
  }
}
