import { ApplicationFailure } from '@temporalio/common';
import { explained } from '../src/engine/failure.ts';
import { RekindleError } from '../src/model/reasons.ts';

/**
 * Activities whose errors with a reason reach the workflow as such, at once: it decides what follows, and tries again
 * itself where that makes sense. All other errors are tried again by Temporal.
 */
export function withReasons<T extends object>(activities: T): T {
  return new Proxy(activities, {
    get(target, name, receiver): unknown {
      const activity: unknown = Reflect.get(target, name, receiver);
      if (typeof activity !== 'function') return activity;
      return async (...request: unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(activity, target, request)) as unknown;
        } catch (thrown) {
          const error = explained(thrown);
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
