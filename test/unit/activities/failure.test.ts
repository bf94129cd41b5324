// What an activity fails with reaches the workflow with its reason, so that the workflow waits where waiting helps.
import assert from 'node:assert/strict';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { test } from 'node:test';
import { withReasons } from '../../../activities/failure.ts';
import { OutcomeUnknown } from '../../../src/engine/failure.ts';
import { RekindleError } from '../../../src/model/reasons.ts';

const cases: [Error, string][] = [
  [new RekindleError('LedgerHole', 'Records are missing.'), 'LedgerHole'],
  [new OutcomeUnknown('orders/0 has no leader'), 'KafkaUnreachable'],
];
for (const [error, reason] of cases) {
  test(`${error.name} is ${reason} to the workflow, which tries again itself`, async () => {
    const { prove } = withReasons({ prove: () => Promise.reject(error) });
    await assert.rejects(prove(), (failure: unknown) => {
      assert.ok(failure instanceof ApplicationFailure);
      assert.deepEqual([failure.type, failure.nonRetryable], [reason, true]);
      assert.match(failure.message, new RegExp(error.message));
      return true;
    });
  });
}

const fault = new TypeError('ours');
const internal = { type: 'Internal', nonRetryable: true, message: 'TypeError: ours' };

/** An activity that fails with these errors, one call after the other (null: it does not). Milliseconds. */
async function failing(errors: readonly (Error | null)[], { takes = 10, pause = 10_000 } = {}): Promise<unknown[]> {
  let [time, calls] = [0, 0];
  const next = (): Promise<void> => {
    time += takes;
    const error = errors[calls++] ?? null;
    return error === null ? Promise.resolve() : Promise.reject(error);
  };
  const { prove } = withReasons({ prove: next }, { tries: 3, now: () => time });
  const seen: unknown[] = [];
  for (let i = 0; i < errors.length; i++) {
    seen.push(
      await prove().then(
        () => null,
        (error: unknown) => error,
      ),
    );
    time += pause;
  }
  return seen;
}

test('What is our own fault is left to Temporal, which tries again', async () => {
  await assert.rejects(withReasons({ prove: () => Promise.reject(fault) }).prove(), fault);
});

for (const takes of [10, 3_600_000]) {
  test(`Where it does not pass it has a name, and ends, though each try takes ${takes} ms`, async () => {
    const [first, second, third] = await failing([fault, fault, fault], { takes });
    assert.deepEqual([first, second], [fault, fault]);
    assert.throws(() => {
      throw third;
    }, internal);
  });
}

const passes: Record<string, readonly (Error | null)[]> = {
  'it has gone well between': [fault, fault, null, fault, fault],
  'it was told to stop': [new CancelledFailure('stop'), new CancelledFailure('stop'), new CancelledFailure('stop')],
  'the process is told to end': Array.from({ length: 4 }, () => new DOMException('The process ends.', 'AbortError')),
};
for (const [what, errors] of Object.entries(passes)) {
  test(`It passes: ${what}`, async () => {
    assert.deepEqual(await failing(errors), errors);
  });
}

test('It passes: what fails once in an hour is not one thing', async () => {
  const errors = [fault, fault, fault, fault];
  assert.deepEqual(await failing(errors, { pause: 3_600_000 }), errors);
});
