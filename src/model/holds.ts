import type { reasons } from './reasons.ts';
import { type Reason } from './reasons.ts';

/** Reasons for which a Restore holds until a person agrees, or until the world is put right. */
export type HoldReason = { [R in Reason]: (typeof reasons)[R] extends 'held' ? R : never }[Reason];

/** What is done once a person agrees; the other half of the sentence with which a Restore holds. */
const onApproval: Readonly<Record<HoldReason, string>> = {
  TargetReplaced: 'the restore begins from zero in the topics that are there now, which must be empty',
  TargetTruncated: 'everything that this restore wrote is deleted, and it begins from zero',
  ClaimMissing: 'the restore goes on without what is gone, and takes off in the end what it has set',
  TargetInUse: 'what is new in the archive is written behind those records',
  ResetNeedsApproval: 'all of this is deleted for good, and the restore starts from zero',
  GuardReverted: 'the restore sets again what it had set itself and goes on',
  RetentionHeld: 'the topics get their own retention, and Kafka deletes what is older or more than that',
};

export const holdReasons = Object.keys(onApproval) as readonly HoldReason[];

export function isHold(reason: string): reason is HoldReason {
  return Object.hasOwn(onApproval, reason);
}

/** A person's agreement to what was said in these words. */
export interface Approval {
  readonly reason: HoldReason;
  /** The sentence with which the Restore held. */
  readonly message: string;
}

/**
 * Where others' records are deleted, an answer is good only for the very words that the person has read: they name what
 * is deleted, and what has come to it since nobody has agreed to. Elsewhere the same hold may be found in other words.
 */
export const bindsWords = (reason: string): boolean => reason === 'ResetNeedsApproval';

/** Whether the approval is good for what is about to be done. */
export function agrees(approval: Approval | null, reason: HoldReason, message: string): boolean {
  return approval?.reason === reason && (!bindsWords(reason) || approval.message === message);
}

/** The whole sentence of a hold: what happened, what would be done, and how a person says that it should be. */
export function askApproval(reason: HoldReason, message: string, how: string): string {
  return `${message} If you agree, ${onApproval[reason]}: ${how}`;
}
