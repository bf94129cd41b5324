import { isErrand } from './approval.ts';
import { isEnd } from './phase.ts';
import type { Phase } from './phase.ts';
import type { Observation } from './observation.ts';
import type { RestoreStatus } from './resources/restore-status.ts';
import { isGuarded } from './state.ts';

/** The newest execution of a Restore's workflow, as Temporal describes it; null when Temporal knows none. */
export interface Execution {
  readonly open: boolean;
  /** Closed by itself, not by termination, cancellation or the like. */
  readonly completed: boolean;
  /** When it closed, epoch milliseconds; null while it is open. */
  readonly closedAt: number | null;
  /** Hash of the last observation that it has taken; null before the first. */
  readonly acknowledged: string | null;
}

/**
 * What the operator does about the workflow: tell the open one what it sees, start one, or nothing. A Restore that is being
 * deleted is let go when nothing is left to put back, and given up when its workflow has ended without having put it back.
 */
export type Attention = 'signal' | 'start' | 'start if its Job is gone' | 'let go' | 'give up' | 'nothing';

/**
 * Compares what is seen with what the workflow knows. An open workflow is told what it does not know yet. Where there is
 * none, one is started if there is something for it to do: so a new leader does not wake up Restores that are done, and a
 * workflow that was terminated, reset or wiped comes back by itself. A pod is never left to itself: one that may not go on
 * is stopped by its workflow, too. A Restore that has ended begins again when its Job is gone, and that only the API server
 * itself can say.
 */
export function attentionFor(
  seen: Observation,
  hash: string,
  execution: Execution | null,
  status: RestoreStatus,
  deletedAt: number | null,
): Attention {
  if (execution?.open === true) return execution.acknowledged === hash ? 'nothing' : 'signal';
  if (deletedAt !== null) {
    if (!isGuarded(status)) return 'let go';
    const hasTried = execution?.completed === true && (execution.closedAt ?? 0) >= deletedAt;
    return hasTried ? 'give up' : 'start';
  }
  const hasEnded = isEnd(status.phase);
  if (!hasEnded && seen.jobs.some(({ phase, deleting }) => phase === 'Active' && !deleting)) return 'start';
  if (!seen.restore.enabled || seen.restore.mappings === 0 || seen.restore.problem !== null) return 'nothing';
  if (!hasEnded || isErrand(seen, status)) return 'start';
  if (status.job === undefined) return 'start';
  const { uid } = status.job;
  return seen.jobs.some((job) => job.uid === uid) ? 'nothing' : 'start if its Job is gone';
}

/** The phase of a Restore that has no workflow to speak for it; null if it needs none. */
export function silentPhase(seen: Observation, status: RestoreStatus): Phase | null {
  if (isEnd(status.phase)) return null;
  const { mappings, problem, enabled } = seen.restore;
  if (mappings === 0) return 'Draft';
  if (problem !== null) return 'Invalid';
  if (enabled) return null;
  return status.startTime === undefined ? 'Ready' : 'Paused';
}
