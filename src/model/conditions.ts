import type { Condition } from './resources/common.ts';

/** Every type of condition that a Restore can carry. */
export const conditionTypes = {
  /** True only after the proof. Its reasons are `jobCompletedReasons`. */
  JobCompleted: 'JobCompleted',
  /** The report is on its volume and can be read. */
  ReportAvailable: 'ReportAvailable',
  /** What was acknowledged was compared with the archive: nothing is missing, nothing is there twice. */
  Proven: 'Proven',
  /** Whether it goes on by itself right now; the reason and the sentence say why it stands where it stands. */
  Progressing: 'Progressing',
  /** Paused by a signal, or by a cancellation in Temporal; ended by the signal `resume`. */
  Paused: 'Paused',
  /** The report's volume claim is being deleted and waits for the pod that uses it. */
  PvcTerminating: 'PvcTerminating',
  /** Somebody else wrote to a target topic in the meantime; the message says where and how much. */
  ForeignRecords: 'ForeignRecords',
  /** It writes without transactions: two processes at once are not kept apart by Kafka, the proof finds what they did. */
  IdempotentDelivery: 'IdempotentDelivery',
  /** A pod has changed the target topics' configuration, or may have; the message says when it is put back. */
  TargetGuarded: 'TargetGuarded',
  /** The Restore does nothing until a person agrees, or the world is put right; the message says to what. */
  Held: 'Held',
  /** An approval stands on the Restore that answers nothing that was asked. */
  ApprovalIgnored: 'ApprovalIgnored',
  /** Topics stay guarded, because their own retention would delete what was restored. Ended by the approval. */
  RetentionHeld: 'RetentionHeld',
} as const;

export type ConditionType = keyof typeof conditionTypes;

/** The reasons of the condition `JobCompleted`. */
export const jobCompletedReasons = {
  JobInitializing: 'JobInitializing',
  JobRunning: 'JobRunning',
  JobCompleted: 'JobCompleted',
  JobFailed: 'JobFailed',
} as const;

export type JobCompletedReason = keyof typeof jobCompletedReasons;

/** A condition as a decision states it; when it came about is worked out by `setCondition`. */
export type StatedCondition = Omit<Condition, 'lastTransitionTime'>;

/**
 * The list with this condition set: replaced in its place or appended. `lastTransitionTime` moves to `now` (RFC 3339) only
 * when the status changes; reason, message and observed generation may change under an unmoved time.
 */
export function setCondition(list: readonly Condition[], stated: StatedCondition, now: string): Condition[] {
  const index = list.findIndex((c) => c.type === stated.type);
  const before = list[index];
  const lastTransitionTime = before?.status === stated.status ? before.lastTransitionTime : now;
  const condition: Condition = { ...stated, lastTransitionTime };
  return before === undefined ? [...list, condition] : list.with(index, condition);
}

/** The condition of this type, if the list has one. */
export function findCondition(list: readonly Condition[], type: ConditionType): Condition | undefined {
  return list.find((c) => c.type === type);
}
