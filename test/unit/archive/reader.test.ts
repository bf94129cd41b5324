// A reader gets every batch as it was archived, in order, from any row on, within the memory that it grants.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BufferPool } from '../../../src/archive/buffer-pool.ts';
import { Archive, type ArchivedTopic, type ReadOptions } from '../../../src/archive/reader.ts';
import { parseHeader, verifyCrc } from '../../../src/kafka/record-batch.ts';
import { decodeRecords } from '../../../src/kafka/records.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import type { ByteRange } from '../../../src/storage/storage.ts';
import { goldenBatch, goldenCodecs, goldenRecords } from '../kafka/golden.ts';
import { GENERATION, RECORDS_PER_SEGMENT, TOPIC, smallArchive, writeSmallArchive } from './small-archive.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function offsets(archive: Archive, topic: ArchivedTopic, options: ReadOptions): Promise<number[]> {
  const read: number[] = [];
  for (const segment of topic.partitions[0]?.segments ?? []) {
    for await (const { row, bytes } of archive.readBatches(topic, 0, segment, options)) {
      assert.equal(parseHeader(bytes).baseOffset, row.firstOffset);
      assert.ok(verifyCrc(bytes));
      read.push(row.firstOffset);
    }
  }
  return read;
}

test('Batches come as the producer compressed them, without its id, at their source offsets', async () => {
  const { storage } = await smallArchive(1, 2);
  const archive = await Archive.open(storage);
  const topic = await archive.topic(TOPIC);
  const [, second] = topic.partitions[0]?.segments ?? [];
  assert.ok(second !== undefined);
  const read: Buffer[] = [];
  for await (const { bytes } of archive.readBatches(topic, 0, second)) read.push(bytes);
  assert.deepEqual(
    read.map((bytes) => bytes.subarray(61)),
    goldenCodecs.map((codec) => goldenBatch(codec).subarray(61)),
  );
  for (const bytes of read) assert.equal(parseHeader(bytes).producerId, -1);
  assert.deepEqual(
    read.flatMap((bytes) => decodeRecords(bytes).map(({ offset }) => offset)),
    Array.from({ length: RECORDS_PER_SEGMENT }, (_, i) => 31 + i),
  );
});

test('The summary of a segment is that of its batches', async () => {
  const { storage } = await smallArchive(1, 2);
  const topic = await (await Archive.open(storage)).topic(TOPIC);
  const partition = topic.partitions[0];
  assert.equal(partition?.records, 2 * RECORDS_PER_SEGMENT);
  assert.equal(partition.endOffset, 62);
  const [{ minTimestamp, maxTimestamp, batches, verbatim, baseOffset, lastOffset } = assert.fail()] =
    partition.segments;
  assert.deepEqual(
    { batches, verbatim, baseOffset, lastOffset },
    { batches: 5, verbatim: null, baseOffset: 0, lastOffset: 28 },
  );
  const times = goldenRecords.map(({ timestamp }) => timestamp);
  assert.deepEqual(
    { minTimestamp, maxTimestamp },
    { minTimestamp: Math.min(...times), maxTimestamp: Math.max(...times) },
  );
  assert.deepEqual(topic.configs, { 'retention.ms': '1000' });
  assert.equal(topic.generation, GENERATION);
});

test('Reading begins at any row, with any read-ahead', async () => {
  const { storage } = await smallArchive(1, 1);
  const archive = await Archive.open(storage);
  const topic = await archive.topic(TOPIC);
  const all = await offsets(archive, topic, {});
  assert.deepEqual(all, [0, 5, 11, 17, 23]);
  for (let fromRow = 0; fromRow <= all.length; fromRow++) {
    for (const readAheadBytes of [1, 700, 2_000, 10_000]) {
      assert.deepEqual(await offsets(archive, topic, { fromRow, readAheadBytes }), all.slice(fromRow));
    }
  }
});

test('No more than the read-ahead is asked for at a time, and each byte once', async () => {
  const asked: ByteRange[] = [];
  class Watched extends FileStorage {
    override async read(key: string, range?: ByteRange): Promise<Buffer> {
      if (range !== undefined && key.endsWith('.log')) asked.push(range);
      return super.read(key, range);
    }
  }
  const storage = new Watched(await temporaryFolder('archive'));
  await writeSmallArchive(storage, 1, 1);
  const archive = await Archive.open(storage);
  await offsets(archive, await archive.topic(TOPIC), { readAheadBytes: 2_000 });
  let end = 0;
  for (const range of asked) {
    assert.equal(range.start, end);
    // The snappy batch is larger than half of the read-ahead, so it comes alone.
    assert.ok(range.end - range.start <= 1_000 || range.end - range.start === goldenBatch('snappy').length);
    end = range.end;
  }
  assert.equal(
    end,
    goldenCodecs.reduce((sum, codec) => sum + goldenBatch(codec).length, 0),
  );
});

test("A batch whose header is not the index's is refused with its offset", async () => {
  const { folder, storage } = await smallArchive(1, 1);
  const log = join(folder, 'topics', TOPIC, GENERATION, '0', '1', '00000000000000000000.log');
  const bytes = await readFile(log);
  bytes.writeBigInt64BE(6n, goldenBatch('none').length);
  await writeFile(log, bytes);
  const archive = await Archive.open(storage);
  await assert.rejects(offsets(archive, await archive.topic(TOPIC), {}), (error: Error) => {
    assert.match(error.message, /partition 0, 1\/0+\.log .* source offset 5:/);
    return error.name === 'SegmentDamaged';
  });
});

test('Reading stops when it is told to', async () => {
  const { storage } = await smallArchive(1, 1);
  const archive = await Archive.open(storage);
  const topic = await archive.topic(TOPIC);
  await assert.rejects(offsets(archive, topic, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('A topic that is not there is named together with those that are', async () => {
  const { storage } = await smallArchive(1, 1);
  const archive = await Archive.open(storage);
  await assert.rejects(archive.topic('payments'), {
    reason: 'TopicNotInArchive',
    message: /payments .* It has: orders\./,
  });
  await assert.rejects(Archive.open(new FileStorage(await temporaryFolder('archive'))), { reason: 'ArchiveMissing' });
});

test('Bytes that were released are read over, and no others', async () => {
  const { storage } = await smallArchive(1, 2);
  const archive = await Archive.open(storage);
  const topic = await archive.topic(TOPIC);
  const segments = topic.partitions[0]?.segments ?? [];
  const kept: { bytes: Buffer; offset: number }[] = [];
  const memory = new Set<ArrayBufferLike>();
  const buffers = new BufferPool(2_000);
  for (let round = 0; round < 20; round++) {
    for (const segment of segments) {
      for await (const { row, bytes, release } of archive.readBatches(topic, 0, segment, {
        readAheadBytes: 4_000,
        buffers,
      })) {
        memory.add(bytes.buffer);
        if (round === 0 && row.firstOffset % 2 === 1) kept.push({ bytes, offset: row.firstOffset });
        else release();
      }
    }
  }
  // One that is read into while another is in use, and those that were kept.
  assert.ok(memory.size <= 2 + kept.length, `${memory.size} buffers`);
  assert.ok(kept.length > 0);
  for (const { bytes, offset } of kept) {
    assert.equal(parseHeader(bytes).baseOffset, offset);
    assert.ok(verifyCrc(bytes));
  }
});
