import { findCondition } from './conditions.ts';
import type { RestoreStatus } from './resources/restore-status.ts';
import { isGuarded } from './state.ts';
import type { StatusReport } from './status-report.ts';

/** Temporal gave no answer, or one that says no. */
const temporalReasons = ['TemporalUnreachable', 'TemporalRefused'] as const;
export type TemporalReason = (typeof temporalReasons)[number];

/** Whether the operator has written over the status, because the workflow cannot say what the Restore waits for. */
export function isOverwritten({ conditions }: RestoreStatus): boolean {
  const reason = findCondition(conditions, 'Progressing')?.reason;
  return reason === 'WorkflowSilent' || temporalReasons.some((one) => one === reason);
}

/** What stands in a status that is newer than what an execution has to say. */
export interface Newer {
  readonly attempt: number;
  readonly sequence: number;
  /** The topics are guarded, as another execution has said: this one knows it of itself. */
  readonly guarded: boolean;
}

/**
 * An execution can only be behind the status if its chain began with an old one, or was reset: it goes on from there, and
 * must know again what only the status remembers. Null if what it says is the newest.
 */
export function newerThan(
  says: Pick<StatusReport, 'attempt' | 'sequence' | 'workflow'>,
  status: RestoreStatus,
): Newer | null {
  const { attempt = 0, sequence = 0, workflow } = status;
  if (attempt < says.attempt || (attempt === says.attempt && sequence <= says.sequence)) return null;
  return { attempt, sequence, guarded: isGuarded(status) && workflow?.runId !== says.workflow.runId };
}
