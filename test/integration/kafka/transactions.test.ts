// Commit-forward takeover: what the old process wrote is committed, and from the epoch bump on it can write nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { Code } from '../../../src/kafka/errors.ts';
import { fetch } from '../../../src/kafka/fetch.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import { connectToKafka, unusedName } from '../../support/kafka.ts';
import { Target, TRANSACTION_TIMEOUT_MS } from './target.ts';

let cluster: KafkaCluster;
before(async () => (cluster = await connectToKafka()));
after(() => cluster.close());

test('The old process is fenced, its records stay, the new one begins at sequence 0', async (t) => {
  const target = await Target.create(cluster);
  const { coordinator } = target;
  const partitions = [{ topic: target.topic, partitions: [0] }];
  const old = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  await coordinator.addPartitions(old, partitions);
  const oldConnection = await target.connect();
  for (const sequence of [0, 5]) await target.send(oldConnection, target.batch({ ...old, baseSequence: sequence }));

  const successor = await connectToKafka();
  t.after(() => successor.close());
  const takeover = new TransactionCoordinator(successor, coordinator.transactionalId);
  assert.equal(await takeover.commit(old), 'committed');
  const current = await takeover.initProducerId(TRANSACTION_TIMEOUT_MS);
  assert.deepEqual(current, { producerId: old.producerId, producerEpoch: old.producerEpoch + 1 });
  await takeover.addPartitions(current, partitions);
  assert.equal(await takeover.commit(current), 'committed', 'the fencing commit');

  const late = await target.send(oldConnection, target.batch({ ...old, baseSequence: 10 }));
  assert.equal(late.errorCode, Code.InvalidProducerEpoch);
  const resent = await target.send(oldConnection, target.batch({ ...old, baseSequence: 5 }));
  assert.equal(resent.errorCode, Code.InvalidProducerEpoch);
  await assert.rejects(coordinator.addPartitions(old, partitions), { reason: 'Fenced' });
  await assert.rejects(coordinator.commit(old), { reason: 'Fenced' });

  await takeover.addPartitions(current, partitions);
  const connection = await target.connect();
  const next = await target.send(connection, target.batch({ ...current, baseSequence: 0 }));
  assert.equal(next.errorCode, Code.None);
  assert.equal(await takeover.commit(current), 'committed');
  const data = (await target.log(connection)).filter(({ control }) => !control);
  assert.deepEqual(
    data.map(({ producerEpoch, baseSequence }) => [producerEpoch - old.producerEpoch, baseSequence]),
    [
      [0, 0],
      [0, 5],
      [1, 0],
    ],
  );
});

test('A commit that is repeated is still a commit; one without a transaction says so', async () => {
  const target = await Target.create(cluster);
  const us = await target.coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  assert.equal(await target.coordinator.commit(us), 'nothing-open');
  await target.coordinator.addPartitions(us, [{ topic: target.topic, partitions: [0] }]);
  assert.equal(await target.coordinator.commit(us), 'committed');
  assert.equal(await target.coordinator.commit(us), 'committed');
});

test('After a commit its markers are in the logs: readers of committed records see everything at once', async () => {
  const target = await Target.create(cluster, 20);
  const us = await target.coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  const all = Array.from({ length: 20 }, (_, partition) => partition);
  const connection = await target.connect();
  for (let round = 0; round < 10; round++) {
    await target.coordinator.addPartitions(us, [{ topic: target.topic, partitions: all }]);
    await target.send(connection, target.batch({ ...us, baseSequence: 5 * round }));
    await target.coordinator.commit(us);
    const { lastStableOffset } = await fetch(connection, { topic: target.topic, partition: 0, offset: 0 });
    assert.equal(lastStableOffset, 6 * (round + 1), 'five records and a marker each time');
  }
});

test('A transactional id that the coordinator has forgotten is told apart', async () => {
  const coordinator = new TransactionCoordinator(cluster, unusedName('never-used'));
  assert.equal(await coordinator.commit({ producerId: 1, producerEpoch: 0 }), 'unknown-producer');
});

test('Transactions follow each other at once: the wait for the markers is short', async () => {
  const target = await Target.create(cluster, 10);
  const us = await target.coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  const partitions = [{ topic: target.topic, partitions: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }];
  const from = performance.now();
  for (let i = 0; i < 5; i++) {
    await target.coordinator.addPartitions(us, partitions);
    assert.equal(await target.coordinator.commit(us), 'committed');
  }
  assert.ok(performance.now() - from < 10_000);
});

test('A partition that does not exist is named once the time is up', async () => {
  const target = await Target.create(cluster);
  const coordinator = new TransactionCoordinator(cluster, target.coordinator.transactionalId, { timeoutMs: 300 });
  const us = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  await assert.rejects(coordinator.addPartitions(us, [{ topic: target.topic, partitions: [0, 7] }]), {
    reason: 'TopicMissing',
    message: new RegExp(`${target.topic}-7`),
  });
});
