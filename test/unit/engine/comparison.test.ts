// Whatever the target has otherwise than archive and report say is a difference, and the first one is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, type ArchivedRecord, type Difference } from '../../../src/engine/comparison.ts';
import type { Flaw, RestoredRecord } from '../../../src/engine/restored-records.ts';
import type { RecordView } from '../../../src/kafka/records.ts';

const record = (offset: number, value: string | null): RecordView => ({
  ...{ offset, timestamp: 1_000, key: null, headers: [] },
  value: value === null ? null : Buffer.from(value),
});

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** Records 0 to 3, at the source offsets 10 to 13. */
const archive: ArchivedRecord[] = ['a', 'b', 'c', 'd'].map((value, index) => ({
  index,
  record: record(10 + index, value),
}));

/** A record that the report has at target offset 100 + index. */
const restored = (index: number, value: string | null, sourceOffset = 10 + index): RestoredRecord => ({
  place: { index, sourceOffset, targetOffset: 100 + index },
  record: record(100 + index, value),
});
const flaw = (what: Flaw['flaw'], targetOffset: number): Flaw => ({ flaw: what, place: null, targetOffset });
const [a, b, c, d] = [restored(0, 'a'), restored(1, 'b'), restored(2, 'c'), restored(3, 'd')];

const at = (what: Difference['what'], index: number, targetOffset: number | null = 100 + index): Difference => ({
  ...{ what, index, sourceOffset: 10 + index, targetOffset },
});

const cases: [what: string, target: (RestoredRecord | Flaw)[], found: number, Difference | null][] = [
  ['the same', [a, b, c, d], 4, null],
  ['nothing', [], 0, at('missing', 0, null)],
  ['the first is missing', [b, c, d], 3, at('missing', 0, null)],
  ['one in the middle is missing', [a, b, d], 3, at('missing', 2, null)],
  ['the last is missing', [a, b, c], 3, at('missing', 3, null)],
  ['another value', [a, restored(1, 'x'), c, d], 4, at('different', 1)],
  ['null for a value', [a, restored(1, null), c, d], 4, at('different', 1)],
  ['two that have changed places', [a, restored(1, 'c'), restored(2, 'b'), d], 4, at('different', 1)],
  ['one more than there are', [a, b, c, d, restored(4, 'e')], 5, at('unexpected', 4)],
  ['one twice', [a, b, b, c, d], 5, at('unexpected', 1)],
  [
    'a source offset that is not true',
    [a, restored(1, 'b', 12), c, d],
    4,
    { ...at('misreported', 1), sourceOffset: 12 },
  ],
  [
    'a flaw of the log',
    [a, flaw('repeated', 77), b, d],
    3,
    { what: 'repeated', index: null, sourceOffset: null, targetOffset: 77 },
  ],
];
for (const [what, target, found, firstDifference] of cases) {
  test(what, async () => {
    const comparison = await compare(oneByOne(archive), oneByOne(target));
    assert.deepEqual(comparison.firstDifference, firstDifference);
    assert.equal(comparison.equal, firstDifference === null);
    assert.equal(comparison.records, 4);
    assert.equal(comparison.found, found);
  });
}
