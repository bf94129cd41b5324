import { setTimeout as sleep } from 'node:timers/promises';
import { explained } from '../engine/failure.ts';
import { RekindleError } from '../model/reasons.ts';

/** Pauses between two tries, milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Tries again for as long as the world is in the way; only `RestoreRun.restore` does that by itself.
 * @throws the signal's reason once it is aborted, in place of what would be waited for; every other error at once
 */
export async function patiently<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await step();
    } catch (thrown) {
      const error = explained(thrown);
      if (!(error instanceof RekindleError) || error.consequence !== 'waiting') throw error;
      signal.throwIfAborted();
      process.stderr.write(`${error.reason}: ${error.message} Trying again.\n`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
