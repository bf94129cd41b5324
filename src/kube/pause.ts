import timers from 'node:timers/promises';

/** Between half and the whole of it, so that many clients do not come back at once. `random` is in [0, 1). */
export function withJitter(ms: number, random: () => number): number {
  return ms / 2 + (ms / 2) * random();
}

/** Waits, but not beyond the signal. Never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await timers.setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
