// Done cannot be proved over a ledger with a hole or a repeat.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapsOf } from '../../../src/engine/proof.ts';
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
