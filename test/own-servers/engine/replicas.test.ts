// A leader may have what its replica has not: that is neither there nor lost. A restore waits until it is decided, says so,
// and goes on by itself. A broker that is down counts where a topic is created.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Waiting } from '../../../src/engine/failure.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { startArchivedSource } from '../../support/archived-source.ts';
import { eventually } from '../../support/eventually.ts';
import { kafkaTool } from '../../support/java.ts';
import { unusedName } from '../../support/kafka.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import type { ProxiedBroker, ProxiedKafka } from '../../support/proxied-kafka.ts';
import { compareTopics } from '../../support/topics.ts';

const source = 'replicas-source';
const OTHERS = 10;

let kafka: ProxiedKafka;
let leader: ProxiedBroker;
let folder = '';
before(async () => {
  const properties = {
    // However far a replica is behind, what it has not is not replicated.
    'replica.lag.time.max.ms': '600000',
    // Transactions do not need the replica: without one, the log's end is waited for.
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
  };
  const data = { source, records: 2_000, partitions: 1 };
  ({ kafka, folder } = await startArchivedSource({ name: 'replicas-test', nodes: 3, properties, ...data }));
  [leader] = kafka.brokers as [ProxiedBroker, ProxiedBroker, ProxiedBroker];
});
after(() => kafka.stop());

const on = (): string[] => ['--bootstrap-server', kafka.direct];

/** Records of somebody else, who is content with the leader's word. */
async function appendToLeader(topic: string): Promise<void> {
  const producer = [`bootstrap.servers=${kafka.direct}`, 'acks=1', 'enable.idempotence=false'];
  await kafkaTool('ProducerPerformance', [
    ...['--topic', topic, '--num-records', `${OTHERS}`, '--record-size', '100', '--throughput', '-1'],
    ...['--producer-props', ...producer],
  ]);
}

test('the end of a log that is not replicated yet is waited for', async () => {
  const target = unusedName('replicas');
  const configs = ['retention.ms=-1', 'max.message.bytes=2000000'].flatMap((config) => ['--config', config]);
  await kafkaTool('TopicCommand', [
    ...[...on(), '--create', '--topic', target],
    ...['--replica-assignment', `${leader.id}:2`, ...configs],
  ]);
  for (const direction of ['toBroker', 'toClient'] as const) leader.brokers.stall(direction);
  await appendToLeader(target);

  const run = await openRun({
    ...{ name: target, archive: join(folder, 'archive'), report: join(folder, target) },
    kafka: { 'bootstrap.servers': kafka.direct },
    topics: [{ source, target }],
    existingData: 'Append',
  });
  await run.prepare((await run.preflight([])).claim);
  const waits: PromiseWithResolvers<Waiting> = Promise.withResolvers();
  const restoring = run.restore({
    ...patiently,
    onProgress: ({ waiting }) => {
      if (waiting?.reason === 'WaitingForReplicas') waits.resolve(waiting);
    },
  });
  const ended = restoring.then((outcome) => assert.fail(outcome));
  const late = sleep(120_000, undefined, { ref: false }).then(() => assert.fail('it does not wait'));
  const waiting = await Promise.race([waits.promise, ended, late]);
  assert.match(waiting.message, /the leader's log ends at 10, but only 0 is replicated/);

  for (const direction of ['toBroker', 'toClient'] as const) leader.brokers.flow(direction);
  assert.equal(await restoring, 'done');
  const { records } = await run.prove(patiently.signal);
  assert.equal(records, 2_000);
  await run.finish();
  await run.close();
  const { missing, duplicates, outOfOrder, different, foreign } = await compareTopics({
    bootstrap: kafka.direct,
    pairs: [{ source, target }],
  });
  assert.deepEqual([missing, duplicates, outOfOrder, different, foreign], [0, 0, 0, 0, OTHERS]);
});

test('a broker that is down may hold replicas of a topic that is created', async () => {
  await kafka.brokers.at(-1)?.process.kill();
  const cluster = await KafkaCluster.connect({ 'bootstrap.servers': kafka.direct }, { logger: createLogger() });
  const admin = new TopicAdmin(cluster);
  await eventually('the cluster misses it', async () => (await admin.brokers()).length === 2);
  const topic = { name: unusedName('replicated'), partitions: 2, replicationFactor: 3, configs: {} };
  assert.equal(await admin.canReplicate({ ...topic, replicationFactor: 4 }), false);
  assert.equal(await admin.canReplicate(topic), true);
  assert.deepEqual(await admin.describe([topic.name]), new Map(), 'asked only');
  assert.equal(await admin.create(topic), 'created');
  const described = await kafkaTool('TopicCommand', [...on(), '--describe', '--topic', topic.name]);
  assert.match(described, /ReplicationFactor: 3/);
  await cluster.close();
});
