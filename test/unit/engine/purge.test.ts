// What a start from zero deletes concerns nobody else, or a person is told exactly what it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommittedGroups } from '../../../src/kafka/consumer-groups.ts';
import type { Holdings, Lot } from '../../../src/engine/census.ts';
import { objectionTo, startsFromZero } from '../../../src/engine/purge.ts';

const lot = (from: number, to: number, records = to - from): Lot => ({ from, to, records });
const holds = (partition: number, own: Lot | null, foreign: Lot | null = null): Holdings => ({
  partition,
  own,
  foreign,
});

const noGroups: CommittedGroups = { names: [], complete: true };
const noneSeen: CommittedGroups = { names: [], complete: false };

const cases: readonly [string, Holdings[], CommittedGroups, boolean, RegExp | null][] = [
  ['nothing is there', [holds(0, null)], noGroups, false, null],
  ['all of it is ours', [holds(0, lot(0, 10)), holds(1, null)], noGroups, false, null],
  [
    'all of it is ours, where nothing is deleted unasked',
    [holds(0, lot(5, 10))],
    noGroups,
    true,
    /would delete: in partition 0 offsets 5 to 9, 5 records of this restore\. Delete the topic yourself/,
  ],
  [
    'others wrote in between',
    [holds(0, lot(0, 20, 18), lot(7, 9)), holds(1, lot(0, 4))],
    noGroups,
    false,
    /in partition 0 offsets 0 to 19, 18 records of this restore and 2 that others wrote between offsets 7 and 8; in partition 1 offsets 0 to 3, 4 records of this restore\./,
  ],
  [
    'nothing of it is ours',
    [holds(2, null, lot(3, 9))],
    noGroups,
    false,
    /in partition 2 offsets 3 to 8, 0 records of this restore and 6 that others wrote between offsets 3 and 8/,
  ],
  [
    'all of it is ours, and somebody reads it',
    [holds(0, lot(0, 10))],
    { names: ['billing', 'search'], complete: true },
    false,
    /offsets 0 to 9, 10 records.*committed offsets on it and may have read that: billing, search\. Delete these groups' offsets/,
  ],
  ['nothing is there that groups that are not seen could have read', [holds(0, null)], noneSeen, false, null],
  [
    'all of it is ours, and whether somebody reads it cannot be seen',
    [holds(0, lot(0, 10))],
    noneSeen,
    false,
    /offsets 0 to 9, 10 records.*may not see all consumer groups, and some may have read that: allow it Describe on the cluster.*Delete the topic/,
  ],
  [
    'all of it is ours, somebody reads it, and perhaps more than can be seen',
    [holds(0, lot(0, 10))],
    { names: ['billing'], complete: false },
    false,
    /may have read that: billing\. The Kafka user may not see all .*Delete these groups' offsets/,
  ],
  [
    'more partitions than a sentence holds',
    Array.from({ length: 13 }, (_, p) => holds(p, lot(0, 10, 8), lot(4, 6))),
    noGroups,
    false,
    /in partition 9 .*; 3 more partitions with 24 records of this restore and 6 of others\./,
  ],
];
for (const [given, holdings, groups, askAlways, sentence] of cases) {
  test(`${given}: ${sentence === null ? 'nobody is asked' : 'a person is asked'}`, () => {
    const objection = objectionTo(startsFromZero('orders'), holdings, groups, askAlways);
    if (sentence === null) assert.equal(objection, null);
    else assert.match(objection ?? '', sentence);
  });
}

test('one record more is another question', () => {
  const before = objectionTo(startsFromZero('orders'), [holds(0, lot(0, 10), lot(10, 11))], noGroups);
  assert.notEqual(objectionTo(startsFromZero('orders'), [holds(0, lot(0, 10), lot(10, 12))], noGroups), before);
  const many = Array.from({ length: 13 }, (_, p) => holds(p, lot(0, 10), lot(10, 11)));
  const more = many.with(12, holds(12, lot(0, 10), lot(10, 12)));
  assert.notEqual(
    objectionTo(startsFromZero('orders'), more, noGroups),
    objectionTo(startsFromZero('orders'), many, noGroups),
  );
});
