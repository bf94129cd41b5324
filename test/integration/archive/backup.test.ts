// A backup of topics that Java producers wrote holds exactly the committed records, in segments that Kafka's own tool
// reads, and the next one adds what is new.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { backUp, type BackupOptions, type TopicBackup } from '../../../src/archive/backup.ts';
import { readHead, sealHead } from '../../../src/archive/head.ts';
import { Archive } from '../../../src/archive/reader.ts';
import { verifyArchive } from '../../../src/archive/verify.ts';
import { decodeRecords } from '../../../src/kafka/records.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { kafkaTool } from '../../support/java.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { dumpTopic, writeRecords } from '../../support/topics.ts';
import { archivedRecords, batchesOf } from '../../support/archived-records.ts';
import { GoldenTopic, RECORDS_PER_BATCH } from './golden-topic.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bootstrap = bootstrapServers();
const cluster = await connectToKafka();
after(() => cluster.close());

async function emptyFolder(): Promise<{ folder: string; storage: FileStorage }> {
  const folder = await temporaryFolder('backup');
  return { folder, storage: new FileStorage(folder) };
}

function backup(storage: FileStorage, topics: string[], options: Partial<BackupOptions> = {}): Promise<TopicBackup[]> {
  return backUp({ kafka: { 'bootstrap.servers': bootstrap }, topics, storage, logger: createLogger(), ...options });
}

test('Records of all codecs, transactions and oddities are archived as a read_committed consumer sees them', async () => {
  const topic = unusedName('archived');
  const written = await writeRecords({ bootstrap, topic, partitions: 3, records: 6_000, recordBytes: 200 });
  assert.ok(written.aborted > 0);
  const { folder, storage } = await emptyFolder();
  const [result] = await backup(storage, [topic], { segmentBytes: 100_000 });
  assert.equal(result?.records, written.records);
  assert.deepEqual(await archivedRecords(storage, topic), await dumpTopic({ bootstrap, topic }));

  const { damage, segments } = await verifyArchive(await Archive.open(storage));
  assert.deepEqual(damage, []);
  assert.ok(segments > 6, `${segments} segments`);
  await readByKafkasTool(folder, written.records);
  await rowsAreTrue(storage, topic);
});

/** Counts and checksums by kafka.tools.DumpLogSegments. */
async function readByKafkasTool(folder: string, records: number): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  const logs = files.filter((file) => file.endsWith('.log')).map((file) => join(folder, file));
  const printed = await kafkaTool('DumpLogSegments', ['--deep-iteration', '--files', logs.join(',')]);
  const batches = printed.split('\n').filter((line) => line.startsWith('baseOffset: '));
  const counts = batches.map((line) => Number(/ count: (\d+) /.exec(line)?.[1]));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    records,
  );
  for (const line of batches) {
    assert.match(line, / isvalid: true/);
    assert.match(line, / producerId: -1 producerEpoch: -1 .* isTransactional: false isControl: false/);
  }
  assert.equal(printed.split('\n').filter((line) => line.startsWith('| offset: ')).length, records);
}

async function rowsAreTrue(storage: FileStorage, name: string): Promise<void> {
  const archive = await Archive.open(storage);
  const topic = await archive.topic(name);
  for (const { row, bytes } of await batchesOf(archive, topic)) {
    const records = decodeRecords(bytes);
    const times = records.map(({ timestamp }) => timestamp);
    assert.equal(row.minTimestamp, Math.min(...times));
    assert.equal(row.maxTimestamp, Math.max(...times));
    assert.equal(row.count, records.length);
    assert.equal(row.firstOffset, records[0]?.offset);
    assert.equal(row.lastOffset, records.at(-1)?.offset);
  }
  for (const { segments } of topic.partitions) for (const { verbatim } of segments) assert.equal(verbatim, null);
}

test('Run again it adds what is new; a topic that was created again becomes a generation of its own', async () => {
  const topic = await GoldenTopic.create(cluster, unusedName('appended'), 2);
  const { storage } = await emptyFolder();
  await topic.append(0, 3);
  await backup(storage, [topic.name]);
  await topic.append(0, 1);
  await topic.append(1, 1);
  const [added] = await backup(storage, [topic.name]);
  assert.equal(added?.records, 2 * RECORDS_PER_BATCH);
  assert.equal(added.totalRecords, 5 * RECORDS_PER_BATCH);
  assert.deepEqual(await archivedRecords(storage, topic.name), await dumpTopic({ bootstrap, topic: topic.name }));

  const before = await (await Archive.open(storage)).topic(topic.name);
  const [nothing] = await backup(storage, [topic.name]);
  assert.equal(nothing?.records, 0);
  const after = await (await Archive.open(storage)).topic(topic.name);
  assert.deepEqual(after.partitions, before.partitions);

  await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--delete', '--topic', topic.name]);
  await (await GoldenTopic.create(cluster, topic.name, 1)).append(0, 2);
  await backup(storage, [topic.name]);
  const archive = await Archive.open(storage);
  const generations = archive.head.topics[0]?.generations ?? [];
  assert.equal(generations.length, 2);
  const newest = await archive.topic(topic.name);
  assert.notEqual(newest.generation, before.generation);
  assert.deepEqual(
    newest.partitions.map(({ records }) => records),
    [2 * RECORDS_PER_BATCH],
  );
  const [older] = generations;
  assert.ok(older !== undefined);
  assert.deepEqual((await archive.generation(topic.name, older)).partitions, before.partitions);
});

test('New partitions and a new configuration are taken over; the topic keeps its generation', async () => {
  const configs = { 'max.message.bytes': '2000000', 'retention.ms': '-1' };
  const topic = await GoldenTopic.create(cluster, unusedName('grown'), 1, configs);
  const { storage } = await emptyFolder();
  await topic.append(0, 1);
  await backup(storage, [topic.name]);
  const before = await (await Archive.open(storage)).topic(topic.name);
  assert.deepEqual(before.configs, configs);

  const grow = ['--alter', '--topic', topic.name, '--partitions', '3'];
  await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, ...grow]);
  await topic.admin.alterConfigs(topic.name, { delete: ['max.message.bytes'] });
  await topic.append(2, 1);
  await backup(storage, [topic.name]);
  const after = await (await Archive.open(storage)).topic(topic.name);
  assert.equal(after.generation, before.generation);
  assert.deepEqual(after.configs, { 'retention.ms': '-1' });
  assert.deepEqual(
    after.partitions.map(({ records }) => records),
    [RECORDS_PER_BATCH, 0, RECORDS_PER_BATCH],
  );
});

test('An open transaction holds a backup back; what was committed comes with the next one', async () => {
  const topic = await GoldenTopic.create(cluster, unusedName('open'), 1);
  const { storage } = await emptyFolder();
  await topic.append(0, 1);
  const commit = await topic.appendOpen(0, new TransactionCoordinator(cluster, unusedName('open')));
  await topic.append(0, 1);
  const [held] = await backup(storage, [topic.name]);
  assert.equal(held?.records, RECORDS_PER_BATCH);
  const behind = 2 * RECORDS_PER_BATCH;
  assert.deepEqual(held.heldBack, [{ topic: topic.name, partition: 0, at: RECORDS_PER_BATCH, behind }]);
  await commit();
  const [added] = await backup(storage, [topic.name]);
  assert.equal(added?.records, 2 * RECORDS_PER_BATCH);
  assert.deepEqual(added.heldBack, []);
});

test('Batches that cannot be restored as they are, are archived and marked', async () => {
  const configs = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '-1' };
  const topic = await GoldenTopic.create(cluster, unusedName('append-time'), 1, configs);
  const { storage } = await emptyFolder();
  await topic.append(0, 2);
  await backup(storage, [topic.name]);
  const archived = await (await Archive.open(storage)).topic(topic.name);
  assert.equal(archived.timestampType, 'LogAppendTime');
  assert.equal(archived.partitions[0]?.segments[0]?.verbatim, 'append-time');
  assert.deepEqual(await archivedRecords(storage, topic.name), await dumpTopic({ bootstrap, topic: topic.name }));
});

test('What retention deleted before it was archived is a known gap, not damage', async () => {
  const topic = await GoldenTopic.create(cluster, unusedName('retained'), 1);
  const { storage } = await emptyFolder();
  await topic.append(0, 1);
  await backup(storage, [topic.name]);
  await topic.append(0, 1);
  await topic.admin.deleteRecords(topic.name, new Map([[0, -1]]));
  await topic.append(0, 1);
  const [added] = await backup(storage, [topic.name]);
  assert.equal(added?.records, RECORDS_PER_BATCH);
  const archive = await Archive.open(storage);
  assert.deepEqual((await verifyArchive(archive)).damage, []);
  const offsets = (await archivedRecords(storage, topic.name)).map(({ offset }) => offset);
  assert.deepEqual(offsets, [0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17]);
});

test('A source that has lost records is not taken for one that has none to add', async () => {
  const topic = await GoldenTopic.create(cluster, unusedName('lost'), 1);
  const { storage } = await emptyFolder();
  await topic.append(0, 1);
  await backup(storage, [topic.name]);
  const found = await readHead(storage);
  const partition = found?.head.topics[0]?.generations[0]?.partitions[0];
  assert.ok(found !== null && partition !== undefined);
  partition.nextOffset = 50; // As if the log had been longer when it was archived.
  await storage.putIfMatch('head.json', sealHead(found.head).body, found.etag);
  const refusal = { reason: 'ArchiveChanged', message: /source has lost records/ };
  await assert.rejects(backup(storage, [topic.name]), refusal);
});

test('A topic that is not there is named before anything is written', async () => {
  const { folder, storage } = await emptyFolder();
  const absent = unusedName('absent');
  await assert.rejects(backup(storage, [absent]), { reason: 'TopicMissing', message: new RegExp(absent) });
  assert.deepEqual(await readdir(folder), []);
});

test("Kafka's own topics are refused", async () => {
  const { folder, storage } = await emptyFolder();
  const internal = '__transaction_state'; // The tests of transactions have made it.
  await assert.rejects(backup(storage, [internal]), { reason: 'InvalidConfiguration', message: new RegExp(internal) });
  assert.deepEqual(await readdir(folder), []);
});
