// Of all that is pending in Temporal, that is told which a pod should have fetched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unfetchedWork } from '../../../src/operator/unfetched.ts';
import type { PendingActivity } from '../../../src/operator/unfetched.ts';

/** PendingActivityState of Temporal's API. */
const [scheduled, started, cancelRequested] = [1, 2, 3];
const pending = (name: string, state = scheduled, attempt = 1): PendingActivity => ({
  activityId: '7',
  activityType: { name },
  state,
  attempt,
});

const cases: readonly [string, PendingActivity[], string | null][] = [
  ['nothing', [], null],
  ['the first work', [pending('openReport')], '7/1'],
  ['a chunk that is asked for again', [pending('restoreChunk', scheduled, 2)], '7/2'],
  ['a chunk that a pod works on', [pending('restoreChunk', started)], null],
  ['a chunk that is to end', [pending('restoreChunk', cancelRequested)], null],
  ['what is for the operator', [pending('publishStatus')], null],
  ['both', [pending('publishStatus'), pending('prove')], '7/1'],
];
for (const [what, of, expected] of cases) {
  test(`${what}: ${expected}`, () => assert.equal(unfetchedWork(of), expected));
}
