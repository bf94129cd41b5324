import { givenBefore } from './answers.ts';
import { backoffMs } from './backoff.ts';
import { findCondition } from './conditions.ts';
import type { RestoreStatus } from './resources/restore-status.ts';

/** Which Restore: an object that is deleted and created again under the same name is another one. */
export interface RestoreRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const refOf = (restore: {
  readonly metadata: { readonly namespace?: string | undefined; readonly name: string; readonly uid: string };
}): RestoreRef => {
  const { namespace = '', name, uid } = restore.metadata;
  return { namespace, name, uid };
};

/** Id of the workflow of a Restore. */
export function workflowIdOf({ namespace, name, uid }: RestoreRef): string {
  return `restore/${namespace}/${name}/${uid}`;
}

/** Which Restore the workflow of this id is of; null for any other id. */
export function restoreOf(workflowId: string): RestoreRef | null {
  const [, namespace, name, uid] =
    /^restore\/([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)\/([0-9a-f-]+)$/.exec(workflowId) ?? [];
  return namespace === undefined || name === undefined || uid === undefined ? null : { namespace, name, uid };
}

/** Why something does not go on: a reason of the catalogue and a sentence for the person who must act. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
}

/** How an attempt ended that did not come to its end. */
export interface Loss extends Trouble {
  /** The world's doing (a person, an eviction, a node): tried again at once, and never counted. */
  readonly disruption: boolean;
  readonly outOfMemory: boolean;
}

export interface JobRef {
  readonly name: string;
  readonly uid: string;
}

/**
 * What one execution of the workflow hands to the next. Small on purpose: what was restored stands in the report and in
 * the target's log, and a workflow that lost all of this would only look again.
 */
export interface RestoreState {
  readonly restore: RestoreRef;
  /** Number of the attempt in hand, or of the next one while there is no Job. From 1. */
  readonly attempt: number;
  /** Number of the last status written within the attempt. */
  readonly sequence: number;
  /** The Job of the attempt; null when there is none. */
  readonly job: JobRef | null;
  /** UID of the Job of the last attempt, which may still be seen for a while; null if this chain had none. */
  readonly released: string | null;
  /** Paused by the signal or by a cancellation; ended by the signal `resume`. */
  readonly paused: 'PausedBySignal' | 'Cancelled' | null;
  /** A pod may have changed the target topics' configuration and has not put it back. */
  readonly guarded: boolean;
  /** Records that were in place when the newest attempt began: what the next one is measured by. */
  readonly resumedFrom: number;
  /** Attempts lost in a row without a record more in place; disruptions left out. */
  readonly losses: number;
  /** Those among them that ran out of memory. */
  readonly outOfMemory: number;
  /** No new Job before this moment (epoch milliseconds). */
  readonly notBefore: number;
  /** What the Restore holds for, in the words that a person was told; null while it does not. */
  readonly hold: Trouble | null;
  /** Value of the approval that is not taken as long as it is seen; see approval.ts. */
  readonly unheard: string | null;
  /** The Restore is done: the attempt only gives topics their retention back. */
  readonly errand: boolean;
  /** Why the last attempt ended, until the next one has opened the report. */
  readonly trouble: Trouble | null;
}

/** Out of memory this often in a row without progress, more attempts will not help. */
export const outOfMemoryLimit = 3;
/** Wait after a lost attempt, by how many were lost in a row. */
const tryAgainAfter = { firstMs: 1_000, maxMs: 60_000 };

/**
 * Where a new chain of executions begins: with what the status remembers. All else of an older chain, if there was one, is
 * gone with it (terminated, expired, or Temporal's database wiped).
 * @param begins an errand of a Restore that is done begins here; one that is under way stands in the status
 */
export function initialState(restore: RestoreRef, status: RestoreStatus, begins = false): RestoreState {
  const paused = findCondition(status.conditions, 'Paused');
  const hold = holdIn(status);
  return {
    restore,
    // The Job of a Restore that is done has served; what is left to do gets one of its own.
    attempt: Math.max(1, status.attempt ?? 1) + (begins ? 1 : 0),
    sequence: begins ? 0 : (status.sequence ?? 0),
    job: begins ? null : (status.job ?? null),
    released: null,
    paused: paused?.status !== 'True' ? null : paused.reason === 'Cancelled' ? 'Cancelled' : 'PausedBySignal',
    guarded: isGuarded(status),
    resumedFrom: status.resumedFrom ?? 0,
    losses: 0,
    outOfMemory: 0,
    notBefore: 0,
    hold: hold && { reason: hold.reason, message: hold.message },
    unheard: hold?.unheard ?? null,
    errand: begins || status.errand === true,
    trouble: null,
  };
}

/** What the status says that the Restore holds for, and the approval beside it that stood there before. */
export function holdIn(status: RestoreStatus): (Trouble & { readonly unheard: string | null }) | null {
  const held = findCondition(status.conditions, 'Held');
  if (held?.status !== 'True') return null;
  return { reason: held.reason, message: held.message, unheard: givenBefore(status) };
}

/** Whether a pod may have changed the target topics' configuration and has not put it back. */
export function isGuarded({ conditions }: RestoreStatus): boolean {
  return findCondition(conditions, 'TargetGuarded')?.status === 'True';
}

/**
 * The state once the pod of this attempt has opened the report.
 * @param errand whether the pod has nothing but an errand to do; it sees in the report whether all is restored
 */
export function afterOpening(state: RestoreState, resumedFrom: number, errand = state.errand): RestoreState {
  const further = resumedFrom > state.resumedFrom;
  return {
    ...state,
    resumedFrom,
    errand,
    losses: further ? 0 : state.losses,
    outOfMemory: further ? 0 : state.outOfMemory,
    trouble: null,
  };
}

/** A state that an earlier version has handed over, with what it does not know. */
export const complete = (state: RestoreState): RestoreState => ({
  ...{ hold: null, unheard: null, errand: false, released: null },
  ...state,
});

/** The state once it is certain that the attempt is over: the next one has a number of its own, and its status begins anew. */
export function afterAttempt(state: RestoreState, loss: Loss | null, now: number): RestoreState {
  const released = state.job?.uid ?? state.released;
  const next = { ...state, attempt: state.attempt + 1, sequence: 0, job: null, released };
  if (loss === null) return { ...next, trouble: null };
  const trouble = { reason: loss.reason, message: loss.message };
  if (loss.disruption) return { ...next, trouble };
  const losses = state.losses + 1;
  return {
    ...next,
    trouble,
    losses,
    outOfMemory: state.outOfMemory + (loss.outOfMemory ? 1 : 0),
    notBefore: now + backoffMs(losses, tryAgainAfter),
  };
}
