// What a report says in sum is what its partitions say, in whatever order topics and partitions stand in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyPartition, totals, type PlannedTopic, type Report, type TopicReport } from '../../../src/model/report.ts';

const planned = (target: string, records: number[]): PlannedTopic => ({
  ...{ source: target, target, generation: 'g' },
  partitions: records.map((count, partition) => ({
    ...{ partition, segments: 1, lastIndex: null, endOffset: count, records: count, bytes: 10 * count },
  })),
});

/** Partitions by number, with records that are acknowledged and committed. */
const reached = (target: string, partitions: [partition: number, records: number][]): TopicReport => ({
  ...{ target, id: target, guards: {} },
  partitions: partitions.map(([partition, records]) => ({
    ...emptyPartition(partition, 0),
    ...{ acknowledged: records, committed: records, bytes: 10 * records },
  })),
});

const report = (plan: PlannedTopic[], topics: TopicReport[]): Report => ({
  version: 1,
  restore: { namespace: 'n', name: 'r', uid: 'u' },
  epoch: 1,
  state: 'Restoring',
  updatedAt: '2026-01-01T00:00:00.000Z',
  plan,
  clusterId: 'c',
  delivery: 'Transactional',
  transactionalId: 't',
  producer: null,
  producerIds: [],
  attempts: [],
  topics,
  proof: null,
  hold: null,
  agreed: [],
  errors: [],
});

test('A topic that was added in front of others, and partitions that came later, count for themselves', () => {
  const plan = [planned('added', [1_000]), planned('first', [10, 20, 30])];
  const sum = totals(
    report(plan, [
      reached('first', [
        [1, 20],
        [2, 5],
        [0, 10],
      ]),
    ]),
  );
  assert.deepEqual(sum, {
    ...{ records: 1_060, bytes: 10_600, partitions: 4, partitionsDone: 2 },
    ...{ acknowledged: 35, committed: 35, acknowledgedBytes: 350 },
  });
});
