// Done cannot be proved over a ledger with a hole or a repeat; every record is found at the offset that its run tells.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRecordFrom, gapsOf, recordAt, targetOffsetOf } from '../../../src/engine/runs.ts';
import type { OffsetRun } from '../../../src/model/report.ts';

const gaps = (runs: OffsetRun[], records: number, start = 0): ReturnType<typeof gapsOf> =>
  gapsOf('t/0', runs, start, records);

test('runs that cover the plan leave only the offsets between them to be looked at', () => {
  assert.deepEqual(
    gaps(
      [
        [0, 0, 5, 10],
        [10, 10, 16, 10],
      ],
      20,
      4,
    ),
    [
      { from: 4, to: 5 },
      { from: 15, to: 16 },
    ],
  );
  assert.deepEqual(gaps([], 0), []);
});

const broken: [string, OffsetRun[], number, string][] = [
  ['nothing restored', [], 5, 'LedgerHole'],
  ['the end is missing', [[0, 0, 0, 10]], 20, 'LedgerHole'],
  [
    'the middle is missing',
    [
      [0, 0, 0, 10],
      [12, 12, 12, 8],
    ],
    20,
    'LedgerHole',
  ],
  [
    'records twice',
    [
      [0, 0, 0, 10],
      [8, 8, 10, 12],
    ],
    20,
    'LedgerRepeat',
  ],
  [
    'an offset before the one before',
    [
      [0, 0, 5, 10],
      [10, 10, 14, 10],
    ],
    20,
    'LedgerRepeat',
  ],
];
for (const [name, runs, records, reason] of broken) {
  test(`${name}: ${reason}`, () => assert.throws(() => gaps(runs, records), { reason }));
}

// Target offsets 5 to 14 and 16 to 25 hold the records 0 to 19, 30 to 34 the records 20 to 24.
const runs: OffsetRun[] = [
  [0, 100, 5, 10],
  [10, 110, 16, 10],
  [20, 200, 30, 5],
];
for (const [index, offset] of [
  [0, 5],
  [9, 14],
  [10, 16],
  [19, 25],
  [20, 30],
  [24, 34],
  [25, null],
] as const) {
  test(`record ${index} stands at offset ${String(offset)}`, () => assert.equal(targetOffsetOf(runs, index), offset));
}
for (const [offset, index] of [
  [0, 0],
  [5, 0],
  [14, 9],
  [15, 10],
  [16, 10],
  [26, 20],
  [34, 24],
  [35, null],
] as const) {
  test(`from offset ${offset} on the first record is ${String(index)}`, () =>
    assert.equal(firstRecordFrom(runs, offset)?.index ?? null, index));
}
test('without runs there is no record anywhere', () => {
  assert.equal(targetOffsetOf([], 0), null);
  assert.equal(firstRecordFrom([], 0), null);
  assert.equal(recordAt([], 0), null);
});

test('a target offset is translated into plan index and source offset', () => {
  assert.deepEqual(recordAt(runs, 20), { index: 14, sourceOffset: 114, targetOffset: 20 });
  assert.deepEqual(firstRecordFrom(runs, 26), { index: 20, sourceOffset: 200, targetOffset: 30 });
  for (const offset of [4, 15, 26, 29, 35]) assert.equal(recordAt(runs, offset), null);
});
