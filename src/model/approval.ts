import { findCondition } from './conditions.ts';
import { answerTo, anotherAnswerTo, isAnswerTo, isMeantFor, wasGivenBefore } from './answers.ts';
import { askApproval, isHold, type Approval } from './holds.ts';
import type { Observation } from './observation.ts';
import { approveAnnotation, group } from './resources/names.ts';
import type { RestoreStatus } from './resources/restore-status.ts';
import type { RestoreRef, RestoreState, Trouble } from './state.ts';

/**
 * What a Restore holds for, and what a person's answer is good for.
 *
 * The answer is an annotation that stands on the Restore, whoever looks at it and when. It counts for a hold that was said
 * before it came, and once: one that stood there already answers nothing (`unheard`), and one that was acted on may still
 * be seen for a moment, in a picture that is late.
 */

/** What a person has agreed to, and the value of the annotation that says so. */
export interface Answer extends Approval {
  readonly value: string;
}

/** The state once a step of the work was refused with the reason of a hold. */
export function afterHold(state: RestoreState, { reason, message }: Trouble, seen: Observation | null): RestoreState {
  // An execution that was reset knows nothing of what it said later: the status does.
  const told = state.hold ?? seen?.hold ?? null;
  const unheard = state.hold === null ? (seen?.hold?.unheard ?? state.unheard) : state.unheard;
  if (told?.reason === reason && told.message === message) return { ...state, hold: { reason, message }, unheard };
  return { ...state, hold: { reason, message }, unheard: seen?.restore.approve ?? null };
}

/** The state once the restore has got past what it held for. @param acted on which answer; null without one */
export function afterHolding(state: RestoreState, acted: Answer | null): RestoreState {
  const fromZero = acted?.reason === 'TargetTruncated' || acted?.reason === 'TargetReplaced';
  const { resumedFrom, unheard } = state;
  return { ...state, hold: null, unheard: acted?.value ?? unheard, resumedFrom: fromZero ? 0 : resumedFrom };
}

/** The state with what is seen now: an answer that was taken away is good for another one. */
export function afterSeeing(state: RestoreState, seen: Observation): RestoreState {
  return state.unheard === null || seen.restore.approve === state.unheard ? state : { ...state, unheard: null };
}

/** What a person has agreed to, of what the Restore holds for; null while nobody has. */
export function approvalOf({ hold, unheard }: RestoreState, seen: Observation | null): Answer | null {
  const approve = seen?.restore.approve ?? null;
  if (hold === null || approve === null || approve === unheard) return null;
  const { reason, message } = hold;
  return isHold(reason) && isAnswerTo(approve, hold) ? { reason, message, value: approve } : null;
}

/** Retention is asked about once all is done, so an answer to that may come at any time. */
export function retentionApproval(seen: Observation | null): Answer | null {
  const value = seen?.restore.approve ?? null;
  return value !== null && isMeantFor(value, 'RetentionHeld') ? { reason: 'RetentionHeld', message: '', value } : null;
}

/**
 * Whether a Restore that is done has only to give topics their retention back, because a person has agreed to it. If its
 * Job is gone too, more is wanted: then the next attempt does both. A Job whose pod has yet to leave would be taken for the
 * errand's own, so it begins once that is over. What goes on beside the container that has ended keeps a Job active; that one
 * is taken for lost and replaced.
 */
export function isErrand(seen: Observation, status: RestoreStatus): boolean {
  const held = findCondition(status.conditions, 'RetentionHeld')?.status === 'True';
  const served = seen.jobs.find(({ uid }) => uid === status.job?.uid);
  const hasServed = served !== undefined && (served.phase !== 'Active' || served.pod?.loss != null);
  return status.phase === 'Done' && held && hasServed && retentionApproval(seen) !== null;
}

/** Why an answer that stands on the Restore is not taken; null if it is, or if there is none. */
export function ignoredApproval(state: RestoreState, seen: Observation | null): Trouble | null {
  const approve = seen?.restore.approve ?? null;
  if (approve === null || approvalOf(state, seen) !== null) return null;
  if (retentionApproval(seen) !== null) return seen?.restore.enabled === false ? notEnabled : null;
  const { hold, restore, unheard } = state;
  if (hold !== null && isAnswerTo(approve, hold)) {
    const message = `${wasGivenBefore(approve)} If you agree to that: ${approveCommand(restore, anotherAnswerTo(hold, approve))}`;
    return { reason: 'GivenBefore', message };
  }
  if (hold !== null && isMeantFor(approve, hold.reason)) {
    const message = `${approveAnnotation}=${approve} answers other words than those with which the Restore holds now. Read them; if you agree: ${approveCommand(restore, answerTo(hold))}`;
    return { reason: 'OtherWords', message };
  }
  if (hold === null && approve === unheard) return null;
  const what = hold === null ? 'It holds for nothing.' : `It holds for ${hold.reason}.`;
  return { reason: 'NotHeld', message: `${approveAnnotation}=${approve} answers nothing that was asked. ${what}` };
}

const notEnabled: Trouble = {
  reason: 'NotEnabled',
  message: `${approveAnnotation}=RetentionHeld is acted on once the Restore is enabled, and done.`,
};

/** A hold with the question, and the command by which a person agrees; any other trouble as it is. */
export function asked(restore: RestoreRef, { reason, message }: Trouble): Trouble {
  if (!isHold(reason)) return { reason, message };
  return { reason, message: askApproval(reason, message, approveCommand(restore, answerTo({ reason, message }))) };
}

/** With the group: `restore` alone may be another program's Restore in the same cluster. */
const approveCommand = ({ namespace, name }: RestoreRef, answer: string): string =>
  `kubectl -n ${namespace} annotate restore.${group} ${name} --overwrite ${approveAnnotation}=${answer}`;
