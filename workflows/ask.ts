import { ActivityCancellationType, ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { ControlActivities, RestoreActivities } from '../activities/contract.ts';
import { RekindleError, reasons } from '../src/model/reasons.ts';
import type { Reason } from '../src/model/reasons.ts';
import type { Trouble } from '../src/model/state.ts';

/** Retried for ever: an API server that is away is no reason to end anything. */
const patience = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/** The operator, on the queue of this workflow. */
export function operator(summary: string): ControlActivities {
  return proxyActivities<ControlActivities>({ startToCloseTimeout: '1 minute', retry: patience, summary });
}

/**
 * A pod, on a queue of its own. There is no limit to how long it may take to come up: what keeps it from that is seen by
 * the operator. It heartbeats every 2 s; cancelled, it flushes before it answers.
 */
export function pod(taskQueue: string, summary: string, within?: '2 minutes'): RestoreActivities {
  return proxyActivities<RestoreActivities>({
    taskQueue,
    startToCloseTimeout: '30 days',
    ...(within === undefined ? {} : { scheduleToCloseTimeout: within }),
    heartbeatTimeout: '30s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: patience,
    summary,
  });
}

/** The reason and the sentence of a failure; `Internal` for anything that has no reason of the catalogue. */
export function troubleOf(error: unknown): Trouble & { readonly reason: Reason } {
  if (error instanceof RekindleError) return { reason: error.reason, message: error.message };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  return { reason: isReason(type) ? type : 'Internal', message };
}

function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}
