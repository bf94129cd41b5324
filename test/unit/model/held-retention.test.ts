// Of which topics retention stays off is read out of the condition, in the words that the pod has for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked } from '../../../src/model/approval.ts';
import { heldSentence, heldTopics, unknownSentence } from '../../../src/model/held-retention.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';

const orders = heldSentence('orders', { ms: 3_600_000, bytes: -1 });
const clicks = heldSentence('eu.clicks-2', { ms: -1, bytes: 10 });
const left = unknownSentence('payments', { 'retention.bytes': '-1' });
const [unknown = ''] = left.split(' Set or');
const restore = { namespace: 'n', name: 'r', uid: 'u' };

const status = (message: string, changes: object = {}): RestoreStatus => ({
  conditions: [
    {
      ...{ type: 'RetentionHeld', status: 'True', reason: 'RetentionWouldDelete', message },
      ...{ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1, ...changes },
    },
  ],
});

const cases: readonly (readonly [what: string, status: RestoreStatus, expected: string[]])[] = [
  ['no condition', { conditions: [] }, []],
  ['one topic', status(orders), ['orders']],
  [
    'two topics, and the question behind them',
    status(asked(restore, { reason: 'RetentionHeld', message: `${orders} ${clicks}` }).message),
    ['orders', 'eu.clicks-2'],
  ],
  ['a topic of which nothing knows what it is to get back', status(`${left} ${orders}`), ['payments', 'orders']],
  ['nothing is held any more', status(orders, { status: 'False' }), []],
  ['the same of another condition', status(orders, { type: 'Held' }), []],
];
for (const [what, of, expected] of cases) {
  test(what, () => {
    const held = heldTopics(of);
    assert.deepEqual(
      held.map(({ topic }) => topic),
      expected,
    );
    for (const { message } of held) assert.ok([orders, clicks, unknown].includes(message), message);
  });
}
