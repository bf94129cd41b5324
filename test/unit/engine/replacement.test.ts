// A restore goes on only in the cluster and the topics in which it began; others are named, and begun anew only as new ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimedOf } from '../../../src/engine/put-back.ts';
import { forgetTopics, replacementIn } from '../../../src/engine/replacement.ts';
import type { Report } from '../../../src/model/report.ts';

const topics = ['orders', 'payments'].map((target) => ({ target, id: `id-${target}`, guards: {}, partitions: [] }));
const report = (changes: Partial<Report> = {}): Report =>
  ({
    clusterId: 'here',
    topics,
    producer: { producerId: 1, producerEpoch: 2, base: { orders: [5], payments: [7] } },
    ...changes,
  }) as Report;
const found = (ids: Record<string, string>) =>
  new Map(Object.entries(ids).map(([name, id]) => [name, { id, internal: false, partitions: [] }]));
const same = found({ orders: 'id-orders', payments: 'id-payments' });

const cases: [string, Report, string, ReturnType<typeof found>, string[] | null, RegExp?][] = [
  ['as it was', report(), 'here', same, null],
  ['begun nowhere yet', report({ topics: [], clusterId: null }), 'there', found({}), null],
  ['another cluster', report(), 'there', same, ['orders', 'payments'], /in Kafka cluster here, .* belong to there/],
  [
    'a topic that is gone',
    report(),
    'here',
    found({ payments: 'id-payments' }),
    ['orders'],
    /orders was deleted since .*id-orders/,
  ],
  [
    'two that were made again',
    report(),
    'here',
    found({ orders: 'x', payments: 'y' }),
    ['orders', 'payments'],
    /orders was deleted and created again.*payments was deleted and created again/,
  ],
];
for (const [given, of, clusterId, now, replaced, words] of cases) {
  test(given, () => {
    const replacement = replacementIn(of, clusterId, now);
    assert.deepEqual(replacement?.topics ?? null, replaced);
    assert.match(replacement?.message ?? '', words ?? /^$/);
  });
}

test('what is begun anew leaves the report; the rest of it stays', () => {
  const of = report();
  forgetTopics(of, 'here', ['orders']);
  assert.deepEqual(
    of.topics.map(({ target }) => target),
    ['payments'],
  );
  assert.deepEqual(of.producer, { producerId: 1, producerEpoch: 2, base: { payments: [7] } });
});

test('a producer of another cluster is nobody here', () => {
  const of = report();
  forgetTopics(of, 'there', ['orders', 'payments']);
  assert.equal(of.producer, null);
});

test('What is to be put back is waited for if the bootstrap servers lead to another cluster', async () => {
  const restore = { namespace: 'n', name: 'r', uid: 'u' };
  const admin = undefined as never;
  const claim = { clusterId: 'here', restore, transactionalIds: [], producerIds: [], topics: [] };
  await assert.rejects(claimedOf({ admin, cluster: { clusterId: 'there' } }, [], [claim]), {
    reason: 'KafkaUnreachable',
    message: /Point them back/,
  });
});
