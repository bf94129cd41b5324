// What the broker or the archive makes impossible is named before the first record if it can be known then, and else stops
// the partition that it concerns; once it is put right, another run goes on.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { unusedName } from '../../support/kafka.ts';
import { untilNoted } from '../../support/noted.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import { backup, refusedRestore, restore, startRestore, type RestoreArguments } from '../../support/rekindle.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const source = 'refusals-source';
/** Its records have the time at which the broker appended them, which a restore could not bring back. */
const timeless = 'refusals-append-time';
const KEEPS = ['retention.ms=-1', 'message.timestamp.type=CreateTime'];

let kafka: ProxiedKafka;
let folder = '';
before(async () => {
  folder = await temporaryFolder('refusals');
  kafka = await startProxiedKafka({ name: 'refusals-test' });
  await create(timeless, 1, ['message.timestamp.type=LogAppendTime']);
  const records = { records: 20_000, recordBytes: 300 };
  await writeRecords({ bootstrap: kafka.direct, topic: source, partitions: 2, ...records });
  await writePlainly(kafka.direct, timeless, 100);
  await backup({ from: kafka.direct, to: `file:${join(folder, 'archive')}`, topics: [source, timeless] });
});
after(() => kafka.stop());

/** Outside of transactions. */
async function writePlainly(bootstrap: string, topic: string, records: number): Promise<void> {
  await kafkaTool('ProducerPerformance', [
    ...['--topic', topic, '--num-records', `${records}`, '--record-size', '100', '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${bootstrap}`],
  ]);
}

const on = (): string[] => ['--bootstrap-server', kafka.direct];

async function create(topic: string, partitions: number, configs: readonly string[]): Promise<void> {
  const of = ['--topic', topic, '--partitions', `${partitions}`, '--replication-factor', '1'];
  await kafkaTool('TopicCommand', [...on(), '--create', ...of, ...configs.flatMap((each) => ['--config', each])]);
}

async function configure(topic: string, config: string): Promise<void> {
  const of = ['--entity-type', 'topics', '--entity-name', topic, '--add-config', config];
  await kafkaTool('ConfigCommand', [...on(), '--alter', ...of]);
}

function restoreOf(topic: string): { args: RestoreArguments; target: string } {
  const target = unusedName('refusals');
  const from = `file:${join(folder, 'archive')}`;
  return { target, args: { from, to: kafka.direct, topics: [`${topic}=${target}`], report: join(folder, target) } };
}

async function endOf(target: string): Promise<string> {
  return kafkaTool('GetOffsetShell', [...on(), '--topic', target, '--time', '-1']);
}

test('a topic that takes no batches as large as the archive has', async () => {
  const { args, target } = restoreOf(source);
  await create(target, 2, [...KEEPS, 'max.message.bytes=1000']);
  assert.match(await refusedRestore(args), /MessageTooLarge: .*at most 1000 bytes.*Raise max\.message\.bytes/);
  assert.match(await endOf(target), /:0:0\n.*:1:0/);
});

test('batches whose time is the broker’s', async () => {
  const { args } = restoreOf(timeless);
  assert.match(await refusedRestore(args), /BatchNotVerbatim: .*append-time.*not served yet/);
});

test('a topic that takes no more batches as large as the archive has, half-way', async () => {
  const { args, target } = restoreOf(source);
  await create(target, 2, KEEPS);
  const running = startRestore({ ...args, maxBytesPerSecond: 100_000 });
  const failed = running.catch(() => undefined);
  await untilNoted(args, 0.1);
  await configure(target, 'max.message.bytes=1000');
  await failed;
  assert.notEqual(running.exitCode, 0);
  assert.match(
    await running.catch((error: unknown) => String(error)).then(String),
    /BatchRefused: .*MESSAGE_TOO_LARGE/,
  );
  await configure(target, 'max.message.bytes=2000000');
  await restore(args);
  await assertFlawless(kafka.direct, [{ source, target }]);
});
