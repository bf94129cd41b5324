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
const faulty = { prove: () => Promise.reject(fault) };

test('What is our own fault is left to Temporal, which tries again', async () => {
  await assert.rejects(withReasons(faulty).prove(), fault);
  await assert.rejects(withReasons(faulty, { tries: 10, attempt: () => 9 }).prove(), fault);
});

test('Where it does not pass it has a name, and ends', async () => {
  await assert.rejects(withReasons(faulty, { tries: 10, attempt: () => 10 }).prove(), {
    ...{ type: 'Internal', nonRetryable: true, message: 'TypeError: ours' },
  });
});

test('Who was told to stop fails of nothing', async () => {
  const stopped = new CancelledFailure('stop');
  const told = withReasons({ prove: () => Promise.reject(stopped) }, { tries: 10, attempt: () => 10 });
  await assert.rejects(told.prove(), stopped);
});
