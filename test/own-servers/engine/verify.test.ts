// `rekindle verify` and sixty lines of Java by the page about the report (`CanonicalDigest.java`) agree on what source,
// archive and target hold, whatever the codecs; and both find a single record that was changed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { crc32c } from '../../../src/kafka/crc32c.ts';
import { decodeRecords } from '../../../src/kafka/records.ts';
import { batchesInLog, overwrite } from '../../support/broker-logs.ts';
import { unusedName } from '../../support/kafka.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import { backup, killedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { codecs, digestTopic, writeRecords, type TopicDigests } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { verify, type Verification } from '../../support/verify.ts';

const RECORDS = 5_000;

const source = 'verify-source';
let kafka: ProxiedKafka;
let folder = '';
let from = '';

before(async () => {
  kafka = await startProxiedKafka({ name: 'verify-test' });
  folder = await temporaryFolder('verify');
  from = `file:${join(folder, 'archive')}`;
  const bootstrap = kafka.direct;
  await writeRecords({ bootstrap, topic: source, records: RECORDS, partitions: 3, recordBytes: 300 });
  await backup({ from: bootstrap, to: from, topics: [source] });
});
after(() => kafka.stop());

function argumentsOf(name: string): { target: string; args: RestoreArguments } {
  const target = unusedName(name);
  const args = { from, to: kafka.direct, topics: [`${source}=${target}`], report: join(folder, target) };
  return { target, args };
}

/** What Java is to find, by what verify found on one side. */
const digestsIn = ({ topics }: Verification, side: 'archive' | 'target'): TopicDigests[] =>
  topics.map(({ digest, partitions }) => ({
    digest: digest[side],
    partitions: partitions.map(({ partition, records, found, digest: of }) => ({
      partition,
      records: side === 'archive' ? records : found,
      digest: of[side],
    })),
  }));

test('source, archive and target have the same digests, with records of others between the restored ones', async () => {
  const { target, args } = argumentsOf('equal');
  await killedRestore({ ...args, stopAt: 'committed', maxBytesPerSecond: 200_000 });
  const others = await writeRecords({ bootstrap: kafka.direct, topic: target, records: 200, seed: 2, mode: 'mixed' });
  await restore(args);

  const { exitCode, found } = await verify(args);
  assert.equal(exitCode, 0);
  assert.equal(found.verify, 'equal');
  const partitions = found.topics[0]?.partitions ?? [];
  const sum = (of: 'records' | 'found' | 'foreign' | 'aborted'): number => partitions.reduce((n, p) => n + p[of], 0);
  assert.deepEqual(
    { records: sum('records'), found: sum('found'), foreign: sum('foreign'), aborted: sum('aborted') },
    { records: RECORDS, found: RECORDS, foreign: others.records, aborted: others.aborted },
  );
  const report = join(args.report, 'report.json');
  const bootstrap = kafka.direct;
  assert.deepEqual(digestsIn(found, 'archive'), [await digestTopic({ bootstrap, topic: source })]);
  assert.deepEqual(digestsIn(found, 'target'), [await digestTopic({ bootstrap, topic: target, report })]);
});

test('the same records in other batches and codecs have the same digests', async () => {
  const digests = new Set<string>();
  for (const codec of codecs) {
    const topic = `verify-${codec}`;
    const of = { topic, records: 500, partitions: 2, mode: 'idempotent', startTime: new Date(1e12) } as const;
    await writeRecords({
      bootstrap: kafka.direct,
      ...of,
      codecs: [codec],
      batchBytes: codec === 'none' ? 512 : 16_384,
    });
    digests.add((await digestTopic({ bootstrap: kafka.direct, topic })).digest);
  }
  assert.equal(digests.size, 1);
});

test('one record that was changed, where every checksum is right, is found by both', async () => {
  const { target, args } = argumentsOf('changed');
  await restore(args);
  const batch = (await batchesInLog(kafka.brokers[0]?.logs ?? '', target, 1)).find(({ codec }) => codec === 0);
  assert.ok(batch);
  const record = decodeRecords(batch.bytes).find(({ value }) => value !== null && value.length > 10);
  assert.ok(record?.value);
  record.value.writeUInt8(record.value.readUInt8(9) ^ 1, 9);
  const attributesAt = 21;
  batch.bytes.writeUInt32BE(crc32c(batch.bytes.subarray(attributesAt)), attributesAt - 4);
  await overwrite(batch, batch.bytes);

  const { exitCode, found } = await verify(args, '--topics', target);
  assert.equal(exitCode, 1);
  const [whole, changed] = [digestsIn(found, 'archive'), digestsIn(found, 'target')];
  const partitions = found.topics.flatMap((topic) => topic.partitions);
  assert.deepEqual(
    partitions.map(({ equal, firstDifference }) => [equal, firstDifference?.what, firstDifference?.targetOffset]),
    [
      [true, undefined, undefined],
      [false, 'different', record.offset],
      [true, undefined, undefined],
    ],
  );
  const report = join(args.report, 'report.json');
  assert.deepEqual(changed, [await digestTopic({ bootstrap: kafka.direct, topic: target, report })]);
  assert.notEqual(changed[0]?.digest, whole[0]?.digest);
});

test('what cannot be verified is said', async () => {
  const { args } = argumentsOf('unverifiable');
  await assert.rejects(verify(args), /InvalidConfiguration: There is no report in/);
  await restore(args);
  await assert.rejects(
    verify(args, '--topics', 'other'),
    /InvalidConfiguration: The report does not speak of a target topic other/,
  );
});
