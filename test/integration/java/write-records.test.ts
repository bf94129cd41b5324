// The data of the tests holds what it promises: every codec, idempotent producers and transactions, aborted ones among
// them, nulls, odd headers and old times out of order; and the same seed gives the same records however written.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetch } from '../../../src/kafka/fetch.ts';
import { parseHeader, splitBatches, type BatchHeader } from '../../../src/kafka/record-batch.ts';
import { kafkaTool } from '../../support/java.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import {
  codecs,
  compareTopics,
  dumpTopic,
  writePackages,
  writeRecords,
  type DumpedRecord,
  type WrittenRecords,
} from '../../support/topics.ts';

const bootstrap = bootstrapServers();
const run = unusedName('write');
const mixed = `${run}-mixed`;
const idempotent = `${run}-idempotent`;
const RECORDS = 3_000;

let written: WrittenRecords;
let batches: BatchHeader[];
let records: DumpedRecord[];

before(async () => {
  written = await writeRecords({ bootstrap, topic: mixed, partitions: 2, records: RECORDS, recordBytes: 100 });
  records = await dumpTopic({ bootstrap, topic: mixed });
  batches = await batchesOf(mixed, 0);
});

after(async () => {
  await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--delete', '--topic', `${run}-.*`]);
});

test('every codec is there, of idempotent and of transactional producers', () => {
  for (const transactional of [false, true]) {
    const found = batches.filter((batch) => !batch.control && batch.transactional === transactional);
    assert.ok(found.every(({ producerId }) => producerId >= 0));
    // Their ids in a batch's attributes are 0 to 4, in the order of the list.
    assert.deepEqual([...new Set(found.map(({ codec }) => codec))].sort(), [...codecs.keys()]);
  }
});

test('aborted transactions lie between committed ones of the same partition and at its end', async () => {
  const everything = await dumpTopic({ bootstrap, topic: mixed, isolation: 'read_uncommitted' });
  assert.equal(records.length, RECORDS);
  assert.equal(everything.length, RECORDS + written.aborted);

  const committed = new Set(records.filter(({ partition }) => partition === 0).map(({ offset }) => offset));
  const aborted = everything.filter(({ partition, offset }) => partition === 0 && !committed.has(offset));
  const first = aborted[0]?.offset ?? Infinity;
  const last = aborted.at(-1)?.offset ?? -Infinity;
  assert.ok(Math.min(...committed) < first);
  assert.ok([...committed].some((offset) => offset > first && offset < last));
  assert.ok(Math.max(...committed) < last);
});

test('keys, values and headers can be null or empty; headers repeat and are out of alphabetical order', () => {
  for (const field of ['key', 'value'] as const) {
    assert.ok(records.some((record) => record[field] === null));
    assert.ok(records.some((record) => record[field] === ''));
  }
  const names = records.map(({ headers }) => headers.map(([name]) => name));
  assert.ok(names.some((list) => new Set(list).size < list.length));
  assert.ok(names.some((list) => list.some((name, index) => name < (list[index - 1] ?? ''))));
  assert.ok(records.some(({ headers }) => headers.some(([, value]) => value === null)));
  assert.ok(records.some(({ headers }) => headers.some(([, value]) => value === '')));
});

test('times are of 2019 and out of order', () => {
  const times = records.filter(({ partition }) => partition === 0).map(({ timestamp }) => timestamp);
  assert.ok(times.every((time) => new Date(time).getUTCFullYear() === 2019));
  assert.ok(times.some((time, index) => time < (times[index - 1] ?? 0)));
});

test('the same seed gives the same records by other producers; aborted records are not missed', async () => {
  const copy = { bootstrap, topic: idempotent, partitions: 2, records: RECORDS, recordBytes: 100 };
  await writeRecords({ ...copy, mode: 'idempotent', codecs: ['lz4'], batchBytes: 1_000 });
  const found = await compareTopics({ bootstrap, pairs: [{ source: mixed, target: idempotent }] });
  assert.deepEqual(found.pairs[0]?.firstDifference, null);
  assert.equal(found.records, RECORDS);

  const [back] = (await compareTopics({ bootstrap, pairs: [{ source: idempotent, target: mixed }] })).pairs;
  assert.equal(back?.read_committed.foreign, 0);
  assert.equal(back.read_uncommitted.foreign, written.aborted);
});

test('another seed gives other records', async () => {
  const other = `${run}-other`;
  await writeRecords({ bootstrap, topic: other, partitions: 2, records: 100, recordBytes: 100, seed: 2 });
  const digests = new Set(records.map(({ value }) => value));
  const shared = (await dumpTopic({ bootstrap, topic: other })).filter(({ value }) => digests.has(value));
  assert.ok(shared.every(({ value }) => value === null || value === ''));
});

test('the packages of this machine are records keyed by their name', async () => {
  const topic = `${run}-packages`;
  const { records: count } = await writePackages({ bootstrap, topic, maxRecords: 50 });
  const packages = await dumpTopic({ bootstrap, topic });
  assert.equal(packages.length, count);
  for (const { key, value } of packages) {
    const name = Buffer.from(key ?? '', 'base64').toString();
    assert.ok(
      Buffer.from(value ?? '', 'base64')
        .toString()
        .startsWith(`Package: ${name}\n`),
    );
  }
});

/** All batches of the partition, markers and aborted ones included. */
async function batchesOf(topic: string, partition: number): Promise<BatchHeader[]> {
  const cluster = await connectToKafka();
  try {
    const leader = (await cluster.metadata([topic])).topics[0]?.partitions[partition]?.leader;
    assert.ok(leader !== undefined);
    const connection = await cluster.openConnection(leader);
    const found: BatchHeader[] = [];
    // A fetch ends with the segment, and the first marker begins a new one: it is years younger than the records.
    for (let offset = 0, end = 1; offset < end;) {
      const { recordSet, highWatermark } = await fetch(connection, { topic, partition, offset });
      found.push(...[...splitBatches(recordSet)].map((batch) => parseHeader(batch)));
      const last = found.at(-1);
      assert.ok(last !== undefined && last.baseOffset >= offset);
      offset = last.baseOffset + last.lastOffsetDelta + 1;
      end = highWatermark;
    }
    return found;
  } finally {
    await cluster.close();
  }
}
