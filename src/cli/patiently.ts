import { setTimeout as sleep } from 'node:timers/promises';
import { explained } from '../engine/failure.ts';
import { backoffMs } from '../model/backoff.ts';
import { RekindleError } from '../model/reasons.ts';

/** Wait between two tries. */
const TRY_AGAIN_AFTER = { firstMs: 500, maxMs: 10_000 };

/**
 * Tries again for as long as the world is in the way; only `RestoreRun.restore` does that by itself.
 * @throws the signal's reason once it is aborted, in place of what would be waited for; every other error at once
 */
export async function patiently<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await step();
    } catch (thrown) {
      const error = explained(thrown);
      if (!(error instanceof RekindleError) || error.consequence !== 'waiting') throw error;
      signal.throwIfAborted();
      process.stderr.write(`${error.reason}: ${error.message} Trying again.\n`);
      await sleep(backoffMs(tries, TRY_AGAIN_AFTER), undefined, { signal }).catch(() => undefined);
    }
  }
}
