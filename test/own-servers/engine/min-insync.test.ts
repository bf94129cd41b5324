// A topic that wants more replicas in sync than there are is waited for by that name, and the partition's; one that a restore
// creates never wants more than it gets. Newer brokers content themselves with what there is.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startArchivedSource } from '../../support/archived-source.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { KAFKA_BEFORE_3_6, unusedName } from '../../support/kafka.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import type { ProxiedKafka } from '../../support/proxied-kafka.ts';
import { backup, restore } from '../../support/rekindle.ts';

const source = 'min-insync-source';

let kafka: ProxiedKafka;
let folder = '';
before(async () => {
  const data = { source, records: 2_000, partitions: 2 };
  ({ kafka, folder } = await startArchivedSource({ name: 'min-insync-test', version: KAFKA_BEFORE_3_6, ...data }));
});
after(() => kafka.stop());

const on = (): string[] => ['--bootstrap-server', kafka.direct];

async function want(topic: string, replicas: number): Promise<void> {
  const entity = ['--entity-type', 'topics', '--entity-name', topic];
  await kafkaTool('ConfigCommand', [...on(), '--alter', ...entity, '--add-config', `min.insync.replicas=${replicas}`]);
}

test('too few replicas are in sync: it waits by that name, and goes on once there are enough', async () => {
  const target = unusedName('min-insync');
  const topic = ['--topic', target, '--partitions', '2', '--replication-factor', '1'];
  const configs = ['retention.ms=-1', 'max.message.bytes=2000000'].flatMap((config) => ['--config', config]);
  await kafkaTool('TopicCommand', [...on(), '--create', ...topic, ...configs]);
  await want(target, 2);
  const run = await openRun({
    ...{ name: target, archive: join(folder, 'archive'), report: join(folder, target) },
    kafka: { 'bootstrap.servers': kafka.direct },
    topics: [{ source, target }],
  });
  await run.prepare((await run.preflight([])).claim);
  const waits: PromiseWithResolvers<string> = Promise.withResolvers();
  const restoring = run.restore({
    ...patiently,
    onProgress: ({ waiting }) => {
      if (waiting?.reason === 'WaitingForReplicas') waits.resolve(waiting.message);
    },
  });
  const ended = restoring.then((outcome) => assert.fail(outcome));
  const late = sleep(120_000, undefined, { ref: false }).then(() => assert.fail('it does not wait'));
  const message = await Promise.race([waits.promise, ended, late]);
  assert.match(message, new RegExp(`${target}/\\d .*min\\.insync\\.replicas`));

  await want(target, 1);
  assert.equal(await restoring, 'done');
  await run.prove(patiently.signal);
  await run.finish();
  await run.close();
  await assertFlawless(kafka.direct, [{ source, target }]);
});

test('a topic of fewer brokers than its source had wants no more of them in sync', async () => {
  const [target, from] = [unusedName('min-insync'), `file:${join(folder, 'of-more-brokers')}`];
  await want(source, 2);
  await backup({ from: kafka.direct, to: from, topics: [source] });
  await want(source, 1);
  await restore({ from, to: kafka.direct, topics: [`${source}=${target}`], report: join(folder, target) });
  await assertFlawless(kafka.direct, [{ source, target }]);
});
