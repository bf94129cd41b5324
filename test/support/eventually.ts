import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Milliseconds in all, and between two looks. */
  readonly ms?: number;
  readonly everyMs?: number;
}

/**
 * Looks until there is something to see: anything but false, null and undefined. Every 50 ms for 30 s, unless told.
 * @returns what it saw
 * @throws Error with the sentence when time is up
 */
export async function eventually<T>(
  sentence: string,
  look: () => T | Promise<T>,
  { ms = 30_000, everyMs = 50 }: Patience = {},
): Promise<Exclude<T, false | null | undefined>> {
  for (const deadline = Date.now() + ms; ;) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen as Exclude<T, false | null | undefined>;
    if (Date.now() > deadline) throw new Error(`not within ${ms / 1_000} s: ${sentence}`);
    await sleep(everyMs);
  }
}
