// A broker takes stamped batches as they are, once each: a resend is answered with the old offset, a gap is refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { BrokerConnection, KafkaCluster } from '../../../src/kafka/cluster.ts';
import { Code } from '../../../src/kafka/errors.ts';
import { fetch } from '../../../src/kafka/fetch.ts';
import { HEADER_BYTES, parseHeader, splitBatches, verifyCrc } from '../../../src/kafka/record-batch.ts';
import type { ProducerIdentity } from '../../../src/kafka/transaction-requests.ts';
import { connectToKafka } from '../../support/kafka.ts';
import { goldenCodecs } from '../../unit/kafka/golden.ts';
import { Target, TRANSACTION_TIMEOUT_MS } from './target.ts';

let cluster: KafkaCluster;
before(async () => (cluster = await connectToKafka()));
after(() => cluster.close());

async function begin(partitions = 1): Promise<{ target: Target; connection: BrokerConnection; us: ProducerIdentity }> {
  const target = await Target.create(cluster, partitions);
  const us = await target.coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  await target.coordinator.addPartitions(us, [{ topic: target.topic, partitions: all }]);
  return { target, us, connection: await target.connect() };
}

test('Batches of every codec go in and come out with their records’ bytes untouched', async () => {
  const { target, us, connection } = await begin();
  const sent: Buffer[] = [];
  let next = 0;
  for (const codec of goldenCodecs) {
    const batch = target.batch({ ...us, baseSequence: next }, codec);
    const result = await target.send(connection, batch);
    assert.deepEqual([result.errorCode, result.baseOffset], [Code.None, next], codec);
    next += parseHeader(batch).count;
    sent.push(batch);
  }
  assert.equal(await target.coordinator.commit(us), 'committed');

  const { recordSet, aborted } = await fetch(connection, {
    topic: target.topic,
    partition: 0,
    offset: 0,
    isolation: 'committed',
  });
  const stored = [...splitBatches(recordSet)].slice(0, sent.length);
  assert.equal(stored.length, sent.length);
  assert.deepEqual(aborted, []);
  for (const [i, batch] of stored.entries()) {
    assert.ok(verifyCrc(batch));
    assert.equal(parseHeader(batch).crc, parseHeader(sent[i] ?? batch).crc, 'the CRC that the plan expects');
    assert.deepEqual(batch.subarray(HEADER_BYTES), sent[i]?.subarray(HEADER_BYTES));
  }
});

test('A batch that is sent again is answered with its old offset and not written again', async () => {
  const { target, us, connection } = await begin();
  for (const sequence of [0, 5, 10]) await target.send(connection, target.batch({ ...us, baseSequence: sequence }));
  const again = await target.send(connection, target.batch({ ...us, baseSequence: 5 }));
  assert.deepEqual([again.errorCode, again.baseOffset], [Code.None, 5]);
  assert.deepEqual(
    (await target.log(connection)).map(({ baseSequence }) => baseSequence),
    [0, 5, 10],
  );
});

test('A batch that skips its predecessor is refused', async () => {
  const { target, us, connection } = await begin();
  await target.send(connection, target.batch({ ...us, baseSequence: 0 }));
  const skipping = await target.send(connection, target.batch({ ...us, baseSequence: 10 }));
  assert.deepEqual([skipping.errorCode, skipping.baseOffset], [Code.OutOfOrderSequenceNumber, -1]);
});

test('One request carries several partitions, each with its own result', async () => {
  const { target, us } = await begin(6);
  const described = (await target.admin.describe([target.topic])).get(target.topic);
  const byLeader = [...Map.groupBy(described?.partitions ?? [], ({ leader }) => leader)];
  const [leader, led] = byLeader.find(([, partitions]) => partitions.length > 1) ?? [];
  assert.ok(leader !== undefined && led?.[0] !== undefined && led[1] !== undefined);
  const [one, two] = [led[0].partition, led[1].partition];
  const connection = await cluster.openConnection(leader);
  for (const partition of [one, two]) {
    await target.send(connection, target.batch({ ...us, baseSequence: 0 }), partition);
  }
  const partitions = [
    { partition: one, batch: target.batch({ ...us, baseSequence: 50 }) },
    { partition: two, batch: target.batch({ ...us, baseSequence: 5 }) },
  ];
  const results = await connection.produce({
    transactionalId: target.coordinator.transactionalId,
    topics: [{ topic: target.topic, partitions }],
  });
  assert.deepEqual(
    new Map(results.map(({ partition, errorCode }) => [partition, errorCode])),
    new Map<number, number>([
      [one, Code.OutOfOrderSequenceNumber],
      [two, Code.None],
    ]),
  );
});

test('Requests in flight on one connection are taken in their order', async () => {
  const { target, us, connection } = await begin();
  await target.send(connection, target.batch({ ...us, baseSequence: 0 }));
  const inFlight = [5, 10, 15, 20, 25].map((sequence) =>
    target.send(connection, target.batch({ ...us, baseSequence: sequence })),
  );
  const results = await Promise.all(inFlight);
  assert.deepEqual(
    results.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
    [5, 10, 15, 20, 25].map((offset) => [Code.None, offset]),
  );
});

test('Readers of committed records see nothing of an open transaction', async () => {
  const { target, us, connection } = await begin();
  await target.send(connection, target.batch({ ...us, baseSequence: 0 }));
  const request = { topic: target.topic, partition: 0, offset: 0 };
  const open = await fetch(connection, { ...request, isolation: 'committed' });
  assert.deepEqual([open.recordSet.length, open.lastStableOffset, open.highWatermark], [0, 0, 5]);
  await target.coordinator.commit(us);
});

test('A fetch beyond the log’s end says so in the partition’s error', async () => {
  const { target, connection } = await begin();
  const beyond = await fetch(connection, { topic: target.topic, partition: 0, offset: 1000 });
  assert.deepEqual([beyond.errorCode, beyond.recordSet.length], [1, 0]);
});
