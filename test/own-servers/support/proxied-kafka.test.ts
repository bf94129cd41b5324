// A client that is given the proxy's address sends everything through it, and the proxy sees what it produces and what is
// acknowledged.
import assert from 'node:assert/strict';
import { Kafka, logLevel } from 'kafkajs';
import { after, before, test } from 'node:test';
import type { AcknowledgedBatch } from '../../support/produce-answers.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import { dumpTopic } from '../../support/topics.ts';

let kafka: ProxiedKafka;
const acknowledged: AcknowledgedBatch[] = [];

before(
  async () =>
    (kafka = await startProxiedKafka({
      name: 'test-proxied-kafka',
      onAcknowledged: (batch) => acknowledged.push(batch),
    })),
);
after(async () => kafka.stop());

test('what a client produces goes through the proxy and is counted', async () => {
  const client = new Kafka({ brokers: [kafka.proxied], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] });
  assert.deepEqual(
    (await admin.describeCluster()).brokers.map(({ port }) => port),
    kafka.brokers.map(({ clients }) => clients.port),
  );
  await admin.disconnect();

  const producer = client.producer();
  await producer.connect();
  for (const partition of [0, 1]) {
    const messages = [1, 2, 3].map((value) => ({ value: String(value), partition }));
    await producer.send({ topic: 'orders', messages });
  }
  await producer.disconnect();

  const { requests, batches, records, bytes } = kafka.brokers[0]?.clients.produced ?? assert.fail('there is no broker');
  assert.deepEqual({ requests, batches, records }, { requests: 2, batches: 2, records: 6 });
  // A header of 61 bytes and 8 bytes a record.
  assert.equal(bytes, 2 * (61 + 3 * 8));
  assert.deepEqual(
    acknowledged,
    [0, 1].map((partition) => ({ topic: 'orders', partition, records: 3, bytes: 61 + 3 * 8, offset: 0 })),
  );
  assert.equal((await dumpTopic({ bootstrap: kafka.direct, topic: 'orders' })).length, 6);
});
