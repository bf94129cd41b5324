import timers from 'node:timers/promises';

export interface Backoff {
  /** Wait after the first failure, milliseconds. */
  readonly firstMs: number;
  /** Longest wait, milliseconds. */
  readonly maxMs: number;
}

/** Wait after this many failures in a row (1 for the first): doubles from `firstMs` to `maxMs`. */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff): number {
  return Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/** Between half and the whole of it, so that many clients do not come back at once. `random` is in [0, 1). */
export function withJitter(ms: number, random: () => number): number {
  return ms / 2 + (ms / 2) * random();
}

/** Waits, but not beyond the signal. Never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await timers.setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
