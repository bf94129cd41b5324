import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Bounds a rate over all that share it. It lends: a request may go out while there is credit at all, and what it took
 * too much is paid back by waiting, so that single batches larger than a second's worth pass too.
 */
export class RateLimiter {
  private readonly perSecond: number;
  private readonly now: () => number;
  private credit: number;
  private at: number;

  /**
   * @param perSecond units per second; `Infinity` never waits
   * @param now clock in milliseconds, monotonic
   */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.perSecond = perSecond;
    this.now = now;
    this.credit = 0;
    this.at = now();
  }

  /** Milliseconds to wait before the next unit may go out. */
  get delay(): number {
    this.refill();
    return this.credit >= 0 ? 0 : (-this.credit / this.perSecond) * 1000;
  }

  /** Takes the units and waits until the credit before them was not negative. Returns early when aborted. */
  async take(units: number, signal: AbortSignal): Promise<void> {
    if (this.perSecond === Infinity) return;
    const wait = this.delay;
    this.credit -= units;
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
  }

  private refill(): void {
    const now = this.now();
    // At most a tenth of a second is saved up, so that a pause is not followed by a burst.
    this.credit = Math.min(this.perSecond / 10, this.credit + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
  }
}
