import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../model/backoff.ts';
import { RekindleError } from '../model/reasons.ts';
import { waitingFor, type Waiting } from './failure.ts';
import type { FedBatch } from './feed.ts';

/** Wait before the archive is asked again. */
const ASK_AGAIN_AFTER = { firstMs: 500, maxMs: 10_000 };

/**
 * Reads batches from an archive that may be out of reach for a while: it is asked again, from the batch that was missing,
 * and nothing else of the restore has to begin anew.
 * @param read the batches from a plan index on
 * @param options.onWaiting called with what is waited for, and with null once it goes on
 * @throws what `read` throws and will not go away by itself
 */
export async function* readPatiently(
  read: (from: number) => AsyncIterable<FedBatch>,
  from: number,
  options: { signal: AbortSignal; onWaiting: (waiting: Waiting | null) => void },
): AsyncGenerator<FedBatch, void> {
  const { signal, onWaiting } = options;
  let next = from;
  let waiting: Waiting | null = null;
  let failures = 0;
  for (;;) {
    try {
      for await (const fed of read(next)) {
        if (waiting) onWaiting(null);
        [waiting, failures] = [null, 0];
        next = fed.batch.index + fed.batch.count;
        yield fed;
      }
      return;
    } catch (error) {
      if (!(error instanceof RekindleError) || error.consequence !== 'waiting' || signal.aborted) throw error;
      waiting = waitingFor(error, waiting);
      onWaiting(waiting);
    }
    failures += 1;
    await sleep(backoffMs(failures, ASK_AGAIN_AFTER), undefined, { signal });
  }
}
