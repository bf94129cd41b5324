// A backup of a partition ends at the end that it saw, whatever its leaders answer on the way there: no record below it
// is left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeadPartition } from '../../../src/archive/format.ts';
import { PartitionBackup, type HeldBack } from '../../../src/archive/partition-backup.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { goldenBatch } from '../kafka/golden.ts';
import { scriptedSource, SOURCE_TOPIC, type Asked, type FetchAnswer } from './scripted-source.ts';
import { GENERATION, TOPIC } from './small-archive.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const RECORDS_PER_BATCH = 5;

/** Five records at an offset. */
function batchAt(offset: number): Buffer {
  const batch = goldenBatch('none');
  batch.writeBigInt64BE(BigInt(offset));
  return batch;
}

/** What a leader answers that has everything up to `end`. */
const leaderAt = (end: number, data: Buffer = Buffer.alloc(0)): FetchAnswer => ({
  lastStableOffset: end,
  highWatermark: end,
  data,
});

async function backUp(
  answers: FetchAnswer[],
  configs: Readonly<Record<string, string>> = {},
): Promise<{ to: HeadPartition; heldBack: HeldBack | null; asked: Asked[] }> {
  const { source, asked } = await scriptedSource(answers, configs);
  const backup = new PartitionBackup({
    ...{ source, topic: SOURCE_TOPIC, logStartOffset: 0, segmentBytes: 1_000_000, session: 1 },
    storage: new FileStorage(await temporaryFolder('archive')),
    of: { topic: TOPIC, generation: GENERATION, partition: 0 },
    from: { partition: 0, nextOffset: 0, records: 0, bytes: 0, segments: 0, last: null },
    onComplete: () => undefined,
    signal: new AbortController().signal,
  });
  return { ...(await backup.run()), asked };
}

test('A new leader that does not know yet how far the log is replicated is asked again', async () => {
  const { to, asked } = await backUp([
    leaderAt(10, batchAt(0)),
    leaderAt(3), // Another broker leads now: no data, no error.
    leaderAt(3),
    leaderAt(10, batchAt(5)),
  ]);
  assert.deepEqual([to.records, to.nextOffset], [2 * RECORDS_PER_BATCH, 10]);
  assert.deepEqual(
    asked.map(({ offset }) => offset),
    [0, 5, 5, 5],
  );
});

test('An answer without data from a leader that is as far means that compaction has left nothing there', async () => {
  const { to, asked, heldBack } = await backUp([leaderAt(10, batchAt(0)), leaderAt(12)], {
    'cleanup.policy': 'compact',
  });
  assert.equal(heldBack, null);
  assert.deepEqual([to.records, to.nextOffset], [RECORDS_PER_BATCH, 10]);
  assert.equal(asked.length, 2);
});

const tiered = { 'remote.storage.enable': 'true' };

test('What a broker did not get from remote storage in time is asked for again, and given more time', async () => {
  const { to, asked } = await backUp(
    [leaderAt(10), leaderAt(10, batchAt(0)), leaderAt(10), leaderAt(10, batchAt(5))],
    tiered,
  );
  assert.deepEqual([to.records, to.nextOffset], [2 * RECORDS_PER_BATCH, 10]);
  assert.deepEqual(
    asked.map(({ offset, maxWaitMs }) => [offset, maxWaitMs > 0]),
    [
      [0, false],
      [0, true],
      [5, false],
      [5, true],
    ],
  );
});

test('What a broker never gets from remote storage ends the backup, which says so', async (t) => {
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => 100 * now());
  await assert.rejects(backUp([leaderAt(10, batchAt(0)), leaderAt(10)], tiered), {
    reason: 'KafkaUnreachable',
    message: /orders-0: the records from offset 5 on are in remote storage .* raise remote\.fetch\.max\.wait\.ms/,
  });
});

test('At the end of a tiered topic there is nothing to wait for', async () => {
  const { to, asked } = await backUp([leaderAt(0)], tiered);
  assert.deepEqual([to.nextOffset, asked.length], [0, 1]);
});

test('A broker that holds the backup to a quota answers without the partition, and is asked again when it says', async () => {
  const throttleMs = 250;
  const { to, asked } = await backUp([
    { throttleMs },
    leaderAt(10, batchAt(0)),
    { throttleMs },
    leaderAt(10, batchAt(5)),
  ]);
  assert.deepEqual([to.records, to.nextOffset], [2 * RECORDS_PER_BATCH, 10]);
  for (const [throttled, again] of [
    [0, 1],
    [2, 3],
  ] as const) {
    const waited = (asked[again]?.at ?? 0) - (asked[throttled]?.at ?? 0);
    assert.ok(waited >= throttleMs - 10, `asked again after ${waited} ms`);
  }
});

test('What stands behind an open transaction is said', async () => {
  const { to, heldBack } = await backUp([{ lastStableOffset: 5, highWatermark: 42, data: batchAt(0) }]);
  assert.deepEqual([to.records, heldBack], [RECORDS_PER_BATCH, { at: 5, behind: 37 }]);
});
