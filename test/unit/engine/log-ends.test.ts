// A log that has lost acknowledged records is not proved; one that has lost proved ones to its retention is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import { provenLog } from '../../../src/engine/log-ends.ts';
import { emptyPartition } from '../../../src/model/report.ts';

/** Records 0 to 9 at offsets 20 to 29, records 10 to 19 at offsets 31 to 40. */
function partition(proved: number): { plan: { name: string }; ledger: PartitionLedger } {
  const ledger = new PartitionLedger({ ...emptyPartition(0, 18), proved });
  for (const [index, offset] of [
    [0, 20],
    [10, 31],
  ] as const) {
    const batch = { index, count: 10, sourceOffset: index, size: 100, crc: 1 };
    ledger.acknowledge(batch, { offset, crc: 1, leaderEpoch: 0 });
  }
  return { plan: { name: 't/0' }, ledger };
}

const complete: [what: string, proved: number, earliest: number, expected: object][] = [
  ['from where the restore began to the end', 0, 0, { start: 18, end: 42 }],
  ['markers before the first record may go', 0, 20, { start: 20, end: 42 }],
  ['proved records may go', 10, 31, { start: 31, end: 42 }],
  ['all of them', 20, 42, { start: 42, end: 42 }],
];
for (const [what, proved, earliest, expected] of complete) {
  test(what, () => assert.deepEqual(provenLog(partition(proved), earliest, 42), expected));
}

const lost: [what: string, proved: number, earliest: number, end: number][] = [
  ['the end is gone', 0, 0, 40],
  ['the end is gone, and was proved before', 20, 0, 40],
  ['the first record is gone', 0, 21, 42],
  ['an unproved record is gone', 10, 32, 42],
  ['everything is gone', 0, 42, 42],
];
for (const [what, proved, earliest, end] of lost) {
  test(`${what}: TargetTruncated`, () =>
    assert.throws(() => provenLog(partition(proved), earliest, end), { reason: 'TargetTruncated' }));
}

test('a partition without records', () => {
  const empty = { plan: { name: 't/0' }, ledger: new PartitionLedger(emptyPartition(0, 3)) };
  assert.deepEqual(provenLog(empty, 0, 3), { start: 3, end: 3 });
  assert.throws(() => provenLog(empty, 0, 2), { reason: 'TargetTruncated' });
});
