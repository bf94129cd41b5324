import { RekindleError, type Reason } from '../model/reasons.ts';

/** The outcome of a request is not known: the session must be opened anew, which finds out. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** What a restore waits for, since when. */
export interface Waiting {
  reason: Reason;
  message: string;
  /** ISO 8601. */
  since: string;
}

/**
 * Whether a restore goes on by itself after this error: with a new session once the world is back. `Fenced` is momentary
 * too: if the report is still ours, it was our own takeover that came second, and we take over again. And so is a topic
 * that is missed: the next session looks what became of it, and says that.
 */
export function isMomentary(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return true;
  if (!(error instanceof RekindleError)) return false;
  return error.consequence === 'waiting' || error.reason === 'Fenced' || error.reason === 'TopicMissing';
}

/** There is no room for the report, or no way to it. */
export const isUnwritable = (error: unknown): boolean =>
  error instanceof RekindleError && error.reason === 'ReportUnwritable';

export function waitingFor(error: unknown, before: Waiting | null): Waiting {
  const reason: Reason =
    error instanceof RekindleError && error.consequence === 'waiting' ? error.reason : 'KafkaUnreachable';
  const message = error instanceof Error ? error.message : String(error);
  return { reason, message, since: before?.reason === reason ? before.since : new Date().toISOString() };
}

/** The error as a person is told it: where an outcome is not known, the cluster is waited for and asked again. */
export function explained(error: unknown): unknown {
  if (!(error instanceof OutcomeUnknown)) return error;
  return new RekindleError('KafkaUnreachable', `${error.message}.`, { cause: error });
}
