// What an activity fails with reaches the workflow with its reason, so that the workflow waits where waiting helps.
import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
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

test('What is our own fault is left to Temporal, which tries again', async () => {
  const error = new TypeError('ours');
  await assert.rejects(withReasons({ prove: () => Promise.reject(error) }).prove(), error);
});
