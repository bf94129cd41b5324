// Reading back finds whatever is not the batch that ledger and plan have for its place: nothing is passed over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type Expected } from '../../../src/engine/read-back.ts';
import { parseHeader, stamp, strip, type BatchHeader } from '../../../src/kafka/record-batch.ts';
import { goldenBatch } from '../kafka/golden.ts';

/** The batch as it is archived, and as the target's log has it at an offset. */
const archived = goldenBatch('zstd');
strip(archived);
const { crc, size, count } = parseHeader(archived);
const expected: Expected = { batch: { index: 12, count, sourceOffset: 40, size, crc }, offset: 100 };

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
];
for (const [what, header, ours, next, verdict] of cases) {
  test(`${what}: ${verdict}`, () => assert.equal(judge(header, ours, next).is, verdict));
}
