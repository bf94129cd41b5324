import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../model/reasons.ts';
import { waitingFor, type Waiting } from './failure.ts';
import type { FedBatch } from './feed.ts';

/** Milliseconds before the archive is asked again; doubles from the first to the second number. */
const ASK_AGAIN_AFTER_MS = { first: 500, last: 10_000 };

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
  let pause = ASK_AGAIN_AFTER_MS.first;
  for (;;) {
    try {
      for await (const fed of read(next)) {
        if (waiting) onWaiting(null);
        [waiting, pause] = [null, ASK_AGAIN_AFTER_MS.first];
        next = fed.batch.index + fed.batch.count;
        yield fed;
      }
      return;
    } catch (error) {
      if (!(error instanceof RekindleError) || error.consequence !== 'waiting' || signal.aborted) throw error;
      waiting = waitingFor(error, waiting);
      onWaiting(waiting);
    }
    await sleep(pause, undefined, { signal });
    pause = Math.min(pause * 2, ASK_AGAIN_AFTER_MS.last);
  }
}
