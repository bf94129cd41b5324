// Topics are made, described, changed and emptied as asked, and nothing else of them changes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Kafka, logLevel } from 'kafkajs';

import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { committedGroups } from '../../../src/kafka/consumer-groups.ts';
import { throwOnError } from '../../../src/kafka/errors.ts';
import type { Request } from '../../../src/kafka/request.ts';
import { retryTransient } from '../../../src/kafka/retry.ts';
import { eventually } from '../../support/eventually.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { Target, TRANSACTION_TIMEOUT_MS } from './target.ts';

let cluster: KafkaCluster;
let admin: TopicAdmin;
const others = new Kafka({ brokers: bootstrapServers().split(','), logLevel: logLevel.NOTHING }).admin();

before(async () => {
  cluster = await connectToKafka();
  admin = new TopicAdmin(cluster);
  await others.connect();
});
after(async () => {
  await others.disconnect();
  await cluster.close();
});

test('A topic is created with partitions and configuration, and led at once', async () => {
  const name = unusedName('kafka-test');
  const topic = { name, partitions: 3, replicationFactor: 1, configs: { 'retention.ms': '-1' } };
  assert.equal(await admin.create(topic), 'created');
  const described = (await admin.describe([name])).get(name);
  assert.deepEqual(
    described?.partitions.map(({ partition }) => partition),
    [0, 1, 2],
  );
  assert.ok(described.partitions.every(({ leader, replicas }) => replicas.includes(leader)));
  assert.match(described.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(described.internal, false);

  assert.equal(await admin.create({ ...topic, configs: { 'retention.ms': '1' } }), 'exists');
  assert.equal((await admin.configs(name)).get('retention.ms')?.value, '-1');
});

test('A topic that is deleted and created again has another id', async () => {
  const name = unusedName('kafka-test');
  const topic = { name, partitions: 1, replicationFactor: 1, configs: {} };
  await admin.create(topic);
  const before = (await admin.describe([name])).get(name)?.id;
  await others.deleteTopics({ topics: [name] });
  await eventually('the topic is gone', async () => !(await admin.describe([name])).has(name));
  await admin.create(topic);
  const now = (await admin.describe([name])).get(name)?.id;
  assert.ok(before !== undefined && now !== undefined);
  assert.notEqual(now, before);
});

test('A topic grows to a number of partitions, served at once, and asking again changes nothing', async () => {
  const name = unusedName('kafka-test');
  await admin.create({ name, partitions: 1, replicationFactor: 1, configs: {} });
  for (const wanted of [3, 3, 2]) {
    await admin.addPartitions(name, wanted);
    assert.equal((await admin.describe([name])).get(name)?.partitions.length, 3);
  }
  assert.equal((await admin.endOffsets(name, [0, 1, 2], 'high-watermark')).size, 3);
});

test('Topics that do not exist are absent and are not created by asking', async () => {
  const name = unusedName('kafka-test');
  assert.deepEqual(await admin.describe([name]), new Map());
  assert.deepEqual(await admin.describe([name]), new Map());
});

test('A configuration that the broker refuses is told in its words', async () => {
  const topic = { name: unusedName('kafka-test'), partitions: 1, replicationFactor: 1, configs: { 'no.such': '1' } };
  await assert.rejects(admin.create(topic), { reason: 'InvalidConfiguration', message: /no\.such/ });
});

test('Whether there are brokers for all replicas is asked; a topic that exists has them', async () => {
  const topic = { name: unusedName('kafka-test'), partitions: 1, replicationFactor: 1, configs: {} };
  assert.equal(await admin.canReplicate({ ...topic, replicationFactor: 99 }), false);
  await admin.create(topic);
  assert.equal(await admin.canReplicate(topic), true);
});

test('Brokers for all replicas are waited for, and that is said after half a minute', async () => {
  const topic = { name: unusedName('kafka-test'), partitions: 1, replicationFactor: 99, configs: {} };
  await assert.rejects(admin.create(topic), { reason: 'WaitingForReplicas', message: /99 replicas/ });
});

test('Changing a configuration leaves the rest as it is', async () => {
  const name = unusedName('kafka-test');
  const configs = { 'retention.ms': '1000', 'cleanup.policy': 'compact' };
  await admin.create({ name, partitions: 1, replicationFactor: 1, configs });
  await admin.alterConfigs(name, { set: { 'retention.bytes': '5000' }, delete: ['retention.ms'] });
  const now = await admin.configs(name);
  assert.deepEqual(now.get('cleanup.policy'), { value: 'compact', source: 'topic' });
  assert.deepEqual(now.get('retention.bytes'), { value: '5000', source: 'topic' });
  assert.notEqual(now.get('retention.ms')?.source, 'topic');
});

test('The brokers are counted', async () => {
  assert.ok((await admin.brokers()).length >= 1);
});

test('Ends and start of partitions, and records deleted up to an offset', async () => {
  const target = await Target.create(cluster, 2);
  const { coordinator, topic } = target;
  const us = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  await coordinator.addPartitions(us, [{ topic, partitions: [0, 1] }]);
  const connection = await target.connect();
  for (const sequence of [0, 5]) await target.send(connection, target.batch({ ...us, baseSequence: sequence }));

  const offsets = async (kind: Parameters<TopicAdmin['endOffsets']>[2]): Promise<unknown[]> => {
    const byPartition = await admin.endOffsets(topic, [0, 1], kind);
    return [byPartition.get(0), byPartition.get(1)];
  };
  assert.deepEqual(await offsets('leader-end'), [10, 0]);
  assert.deepEqual(await offsets('high-watermark'), [10, 0], 'an open transaction does not hold it back');
  assert.deepEqual(await offsets('earliest'), [0, 0]);

  assert.equal(await coordinator.commit(us), 'committed');
  assert.deepEqual(await admin.deleteRecords(topic, new Map([[0, 5]])), new Map([[0, 5]]));
  assert.deepEqual(await offsets('earliest'), [5, 0]);
  const everything = new Map([
    [0, -1],
    [1, -1],
  ]);
  const ends = await admin.deleteRecords(topic, everything);
  assert.deepEqual([ends.get(0), ends.get(1)], await offsets('leader-end'));
});

test('Groups that have committed on a topic are named, others are not', async () => {
  const [asked, other] = [unusedName('kafka-test'), unusedName('kafka-test')];
  for (const name of [asked, other]) await admin.create({ name, partitions: 2, replicationFactor: 1, configs: {} });
  const groups = [unusedName('group-a'), unusedName('group-b')];
  assert.deepEqual(await committedGroups(cluster, asked), { names: [], complete: true });
  await commitOffset(groups[1] ?? '', asked);
  await commitOffset(groups[0] ?? '', asked);
  await commitOffset(unusedName('group-c'), other);
  assert.deepEqual(await committedGroups(cluster, asked), { names: groups, complete: true });
});

/** Commits offset 0 on partition 1, as a consumer without a membership. */
async function commitOffset(group: string, topic: string): Promise<void> {
  await retryTransient(`Committing for ${group}`, async () => {
    const coordinator = await cluster.request('any', findGroupCoordinator(group));
    throwOnError('FindCoordinator', coordinator.errorCode, group);
    throwOnError('OffsetCommit', await cluster.request(coordinator.nodeId, offsetCommit(group, topic)), group);
  });
}

/** FindCoordinator, version 2. */
function findGroupCoordinator(group: string): Request<{ errorCode: number; nodeId: number }> {
  const groupType = 0;
  return {
    api: 'FindCoordinator',
    key: 10,
    version: 2,
    encode: (writer) => void writer.string(group).int8(groupType),
    decode(reader) {
      reader.throttleTime();
      const errorCode = reader.int16();
      reader.nullableString(); // message
      return { errorCode, nodeId: reader.int32() };
    },
  };
}

/** OffsetCommit, version 5, of one partition: its error code. */
function offsetCommit(group: string, topic: string): Request<number> {
  return {
    api: 'OffsetCommit',
    key: 8,
    version: 5,
    encode(writer) {
      const noGeneration = -1;
      const noMember = '';
      writer
        .string(group)
        .int32(noGeneration)
        .string(noMember)
        .array([topic], (name) => {
          writer.string(name).array([1], (partition) => writer.int32(partition).int64(0).string(null));
        });
    },
    decode(reader) {
      reader.throttleTime();
      const codes = reader.array(() => {
        reader.string(); // topic
        return reader.array(() => [reader.int32(), reader.int16()] as const);
      });
      return codes[0]?.[0]?.[1] ?? -1;
    },
  };
}
