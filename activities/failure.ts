import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { explained } from '../src/engine/failure.ts';
import { RekindleError } from '../src/model/reasons.ts';

/** A try that begins later than this after the failure of the one before has nothing to do with it. Milliseconds. */
const rowMs = 120_000;

export interface Unnamed {
  /** So often in a row an activity may fail with errors that have no reason; then it is `Internal`. Default: for ever. */
  readonly tries?: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

/**
 * Activities whose errors with a reason reach the workflow as such, at once: it decides what follows, and tries again
 * itself where that makes sense. All other errors are tried again by Temporal, where nobody sees them: not for ever, unless
 * it is known what they are.
 */
export function withReasons<T extends object>(activities: T, { tries = Infinity, now = Date.now }: Unnamed = {}): T {
  const rows = new Map<string | symbol, { count: number; last: number }>();
  const isToPass = (name: string | symbol, begun: number): boolean => {
    const { count, last } = rows.get(name) ?? { count: 0, last: -Infinity };
    const row = { count: begun - last > rowMs ? 1 : count + 1, last: now() };
    rows.set(name, row);
    return row.count < tries;
  };
  return new Proxy(activities, {
    get(target, name, receiver): unknown {
      const activity: unknown = Reflect.get(target, name, receiver);
      if (typeof activity !== 'function') return activity;
      return async (...request: unknown[]): Promise<unknown> => {
        const begun = now();
        try {
          const answer = (await Reflect.apply(activity, target, request)) as unknown;
          rows.delete(name);
          return answer;
        } catch (thrown) {
          const explanation = explained(thrown);
          if (isOfStopping(explanation)) throw explanation;
          if (!(explanation instanceof RekindleError) && isToPass(name, begun)) throw explanation;
          const error = named(explanation);
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

/** It was told to stop, or the process is: whoever is there then is asked again. */
const isOfStopping = (error: unknown): boolean =>
  error instanceof TemporalFailure || (error instanceof Error && error.name === 'AbortError');
