import { findCondition } from './conditions.ts';
import { hashOf } from './hash.ts';
import { bindsWords } from './holds.ts';
import { approveAnnotation } from './resources/names.ts';
import type { RestoreStatus } from './resources/restore-status.ts';

/**
 * The values of the annotation by which a person agrees. Whatever stands behind the answer and a full stop makes it
 * another one: so that it can be given once more without being taken away first, which nobody may have seen.
 */

interface Hold {
  readonly reason: string;
  readonly message: string;
}

/** What a person answers with: the reason, and a short hash of the words where they count. */
export function answerTo({ reason, message }: Hold): string {
  return bindsWords(reason) ? `${reason}.${short(message)}` : reason;
}

export const isAnswerTo = (approve: string, hold: Hold): boolean => begins(approve, answerTo(hold));

/** Whether it was meant as an answer to this, if perhaps to other words. */
export const isMeantFor = (approve: string, reason: string): boolean => begins(approve, reason);

/** An answer to the hold that is another one than the one that was given. */
export const anotherAnswerTo = (hold: Hold, given: string): string => `${answerTo(hold)}.${short(given)}`;

const begins = (approve: string, answer: string): boolean => approve === answer || approve.startsWith(`${answer}.`);
const short = (words: string): string => hashOf(words).slice(-8);

/** The beginning of the sentence that says so of an answer. */
export const wasGivenBefore = (approve: string): string => `${approveAnnotation}=${approve}${before}`;
const before = ' stood there before the Restore said what it holds for.';

/** The answer of which the status says that it stood there before; null if it says so of none. */
export function givenBefore({ conditions }: Pick<RestoreStatus, 'conditions'>): string | null {
  const { status, reason, message = '' } = findCondition(conditions, 'ApprovalIgnored') ?? {};
  if (status !== 'True' || reason !== 'GivenBefore') return null;
  const [said = ''] = message.split(before);
  return said.slice(`${approveAnnotation}=`.length);
}
