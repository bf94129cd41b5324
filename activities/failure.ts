import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { explained } from '../src/engine/failure.ts';
import { RekindleError } from '../src/model/reasons.ts';

export interface Unnamed {
  /** So often an activity may fail with an error that has no reason; then it is `Internal`. Default: for ever. */
  readonly tries?: number;
  /** Which try this is, from 1. */
  readonly attempt?: () => number;
}

/**
 * Activities whose errors with a reason reach the workflow as such, at once: it decides what follows, and tries again
 * itself where that makes sense. All other errors are tried again by Temporal, where nobody sees them: not for ever, unless
 * it is known what they are.
 */
export function withReasons<T extends object>(
  activities: T,
  { tries = Infinity, attempt = () => activityInfo().attempt }: Unnamed = {},
): T {
  return new Proxy(activities, {
    get(target, name, receiver): unknown {
      const activity: unknown = Reflect.get(target, name, receiver);
      if (typeof activity !== 'function') return activity;
      return async (...request: unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(activity, target, request)) as unknown;
        } catch (thrown) {
          const isLast = !(thrown instanceof TemporalFailure) && tries !== Infinity && attempt() >= tries;
          const error = isLast ? named(explained(thrown)) : explained(thrown);
          if (!(error instanceof RekindleError)) throw error;
          throw ApplicationFailure.create({
            type: error.reason,
            message: error.message,
            nonRetryable: true,
            cause: error,
          });
        }
      };
    },
  });
}

const named = (error: unknown): RekindleError =>
  error instanceof RekindleError
    ? error
    : new RekindleError('Internal', error instanceof Error ? `${error.name}: ${error.message}` : String(error), {
        cause: error,
      });
