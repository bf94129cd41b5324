// A leader that is another one than before is noticed, also one that went and came back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byLeader, leaderOf, movedLeader } from '../../../src/engine/leaders.ts';
import type { TopicDescription } from '../../../src/kafka/admin.ts';

const topics = (...leaders: [leader: number, epoch: number][]): Map<string, TopicDescription> =>
  new Map([
    [
      'orders',
      {
        id: 'id',
        internal: false,
        partitions: leaders.map(([leader, leaderEpoch], partition) => ({
          partition,
          leader,
          leaderEpoch,
          replicas: [leader],
        })),
      },
    ],
  ]);
const partitions = [0, 1].map((partition) => ({ plan: { target: 'orders', partition } }));

test('partitions are dealt out by leader', () => {
  const dealt = byLeader(partitions, topics([7, 0], [8, 3]));
  assert.deepEqual([...dealt.keys()], [7, 8]);
  assert.deepEqual(dealt.get(8), [partitions[1]]);
});

test('a partition without a leader, and one that nobody knows, are waited for', () => {
  assert.throws(() => leaderOf(topics([-1, 4]), { target: 'orders', partition: 0 }), /orders\/0 has no leader/);
  assert.throws(() => leaderOf(topics([1, 4]), { target: 'orders', partition: 1 }), /orders\/1 has no leader/);
});

for (const [what, now, moved] of [
  ['nothing moved', topics([1, 5], [2, 5]), null],
  ['another broker', topics([1, 5], [3, 6]), /orders\/1 has a new leader: broker 3/],
  ['the same broker, elected again', topics([1, 7], [2, 5]), /orders\/0 has a new leader: broker 1 with epoch 7/],
] as const) {
  test(`moved leaders: ${what}`, () => {
    const found = movedLeader(partitions, topics([1, 5], [2, 5]), now);
    if (moved === null) assert.equal(found, null);
    else assert.match(found ?? '', moved);
  });
}
