import { reasons, type Reason } from '../model/reasons.ts';

/**
 * Nobody must act before the command is run again: the world is expected to come back, or another process is in charge, or it
 * was told to end.
 */
export function isRunAgain({ reason }: { readonly reason: Reason }): boolean {
  const consequence = reasons[reason];
  return consequence === 'waiting' || consequence === 'stopped';
}

/** With which code a command exits for this reason: 3 where it is only to be run again, 1 where a person must act. */
export const exitCodeOf = (of: { readonly reason: Reason }): 1 | 3 => (isRunAgain(of) ? 3 : 1);
