import { setTimeout as sleep } from 'node:timers/promises';

import { backoffMs } from '../model/backoff.ts';
import { RekindleError, type Reason } from '../model/reasons.ts';
import { KafkaProtocolError } from './errors.ts';

/** Wait between attempts: short at first, because most of these states last for milliseconds. */
const TRY_AGAIN_AFTER = { firstMs: 10, maxMs: 100 };

/** Time for one operation with all its attempts, in ms. */
export const DEFAULT_RETRY_TIMEOUT_MS = 30_000;

/** The error may go away: the connection was lost, or the cluster was not ready. */
export function isTransient(error: unknown): error is RekindleError {
  if (error instanceof KafkaProtocolError) return error.retriable;
  return error instanceof RekindleError && aboutTheCluster.has(error.reason);
}

const aboutTheCluster = new Set<Reason>(['KafkaUnreachable', 'WaitingForReplicas']);

/**
 * Makes attempts until one succeeds or fails for good.
 *
 * @param what the operation, for the message when time is up.
 * @param attempt must be harmless to repeat when its outcome is unknown.
 * @param options.onTransient called after each attempt that is followed by another.
 * @throws {RekindleError} of the last attempt; `KafkaUnreachable` in most cases when the time is up.
 */
export async function retryTransient<T>(
  what: string,
  attempt: () => Promise<T>,
  options: { timeoutMs?: number; onTransient?: (error: RekindleError) => void } = {},
): Promise<T> {
  const { timeoutMs = DEFAULT_RETRY_TIMEOUT_MS, onTransient } = options;
  const deadline = performance.now() + timeoutMs;
  for (let attempts = 1; ; attempts += 1) {
    const pauseMs = backoffMs(attempts, TRY_AGAIN_AFTER);
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (performance.now() + pauseMs > deadline) {
        throw new RekindleError(error.reason, `${what} did not succeed within ${timeoutMs} ms. ${error.message}`, {
          cause: error,
        });
      }
      onTransient?.(error);
    }
    await sleep(pauseMs);
  }
}
