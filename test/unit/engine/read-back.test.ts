// Reading back finds whatever is not the batch that ledger and plan have for its place: nothing is passed over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import type { RestoredPartition } from '../../../src/engine/partition.ts';
import { judge, ReadBack, type Expected } from '../../../src/engine/read-back.ts';
import { parseHeader, stamp, strip, type BatchHeader } from '../../../src/kafka/record-batch.ts';
import { emptyPartition } from '../../../src/model/report.ts';
import { goldenBatch } from '../kafka/golden.ts';
import { brokerWith } from './scripted-log.ts';

/** The batch as it is archived, and as the target's log has it at an offset. */
const archived = goldenBatch('zstd');
strip(archived);
const { crc, size, count } = parseHeader(archived);
const batch = { index: 12, count, sourceOffset: 40, size, crc };
const expected: Expected = { batch, offset: 100, mayHaveLeft: false };
const provedBefore: Expected = { ...expected, mayHaveLeft: true };

function logged(baseOffset: number, changes: Partial<BatchHeader> = {}): BatchHeader {
  const batch = Buffer.from(archived);
  stamp(batch, { producerId: 7, producerEpoch: 3, baseSequence: 12 });
  return { ...parseHeader(batch), baseOffset, ...changes };
}
const marker = (baseOffset: number): BatchHeader => logged(baseOffset, { control: true, lastOffsetDelta: 0, count: 1 });

const cases: [what: string, header: BatchHeader, ours: boolean, expected: Expected | null, verdict: string][] = [
  ['the expected batch', logged(100), true, expected, 'expected'],
  ['our marker before it', marker(99), true, expected, 'marker'],
  ['our marker at the end', marker(100), true, null, 'marker'],
  ["somebody else's records before it", logged(90), false, expected, 'foreign'],
  ["somebody else's records at the end", logged(100), false, null, 'foreign'],
  ["somebody else's marker before it", marker(99), false, expected, 'foreign'],
  ['a batch of ours before it', logged(100 - count), true, expected, 'repeat'],
  ['a batch of ours that reaches into it', logged(99), true, expected, 'repeat'],
  ['a batch of ours at the end', logged(106), true, null, 'repeat'],
  ['our next batch in its place', logged(100 + count), true, expected, 'missing'],
  ["somebody else's records in its place", logged(100), false, expected, 'missing'],
  ["somebody else's records that reach into it", logged(99), false, expected, 'missing'],
  ["somebody else's records behind it", logged(120), false, expected, 'missing'],
  ['our marker in its place', marker(100), true, expected, 'missing'],
  ['other bytes in its place', logged(100, { crc: crc ^ 1 }), true, expected, 'different'],
  [
    'fewer records in its place',
    logged(100, { count: count - 1, lastOffsetDelta: count - 2 }),
    true,
    expected,
    'different',
  ],
  ['what the broker has rewritten, though', logged(100, { count: count - 1 }), true, expected, 'different'],
  ['what the cleaner has left of it', logged(100, { count: count - 1 }), true, provedBefore, 'compacted'],
  ['nothing but its offsets', logged(100, { count: 0 }), true, provedBefore, 'compacted'],
  ['other bytes of a batch proved before', logged(100, { crc: crc ^ 1 }), true, provedBefore, 'different'],
  ["somebody else's records in the place of one proved before", logged(100), false, provedBefore, 'missing'],
];
for (const [what, header, ours, next, verdict] of cases) {
  test(`${what}: ${verdict}`, () => assert.equal(judge(header, ours, next).is, verdict));
}

const [ours, stranger] = [7, 9];

function written(producerId: number, offset: number): Buffer {
  const bytes = Buffer.from(archived);
  stamp(bytes, { producerId, producerEpoch: 0, baseSequence: offset });
  bytes.writeBigInt64BE(BigInt(offset), 0);
  return bytes;
}

/** Of three batches, those with these numbers stand in the log, and a stranger's behind them; the first two were proved. */
async function readBack(standing: readonly number[]): Promise<ReadBack> {
  const ledger = new PartitionLedger(emptyPartition(0, 0));
  const rows = [0, 1, 2].map((i) => ({ index: i * count, count, sourceOffset: i * count, size, crc }));
  for (const row of rows) assert.ok(ledger.acknowledge(row, { offset: row.index, crc, leaderEpoch: 0 }));
  ledger.report.proved = 2 * count;
  const plan = {
    ...{ name: 't/0', target: 't', partition: 0, records: 3 * count, bytes: 3 * size },
    rows: (from: number) => rows.filter(({ index }) => index >= from).values(),
  };
  const log = [...standing.map((i) => written(ours, i * count)), written(stranger, 3 * count)];
  const proof = new ReadBack({ plan, ledger, complete: true } as unknown as RestoredPartition, new Set([ours]));
  await proof.read(brokerWith(log), { start: 0, end: 4 * count }, new AbortController().signal);
  return proof;
}

test('batches that were proved before and compacted since are not missed', async () => {
  for (const standing of [[0, 1, 2], [1, 2], [0, 2], [2]]) {
    const { records, found } = await readBack(standing);
    assert.deepEqual([records, found.batches, found.foreign], [3 * count, standing.length, count]);
  }
});

test('one that no proof has covered is missed, whatever else is compacted', async () => {
  for (const standing of [[0, 1], [1], []]) {
    await assert.rejects(readBack(standing), { reason: 'LedgerHole', message: /^t\/0: records 12 to 17 / });
  }
});
