// What a proof has covered may leave the topic; what took its place in a log that was cut is told apart from that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasLeft } from '../../../src/engine/truncation.ts';

const [OURS, OTHERS] = [7, 8];
const last = { offset: 100, index: 10, count: 5, crc: 1, leaderEpoch: 0 };
type Found = NonNullable<Parameters<typeof hasLeft>[1]>;
/** Of five offsets, as long as nothing else is said. */
const batch = (baseOffset: number, producerId: number, changes: Partial<Found> = {}): Found => ({
  ...{ baseOffset, producerId, lastOffsetDelta: 4, count: 5, control: false },
  ...changes,
});

const cases: [what: string, proved: number, found: Found | null, left: boolean][] = [
  ['the batch itself', 15, batch(100, OURS), false],
  ['nothing, and all is proved', 15, null, true],
  ['nothing, and its records are not proved', 14, null, false],
  ['a later batch: compaction left a gap', 15, batch(105, OTHERS), true],
  ['a later batch, and its records are not proved', 14, batch(105, OTHERS), false],
  ['what compaction left of it', 15, batch(100, OURS, { count: 2 }), true],
  ['the offsets alone are left', 15, batch(100, OURS, { count: 0 }), true],
  ['what compaction left of it, and its records are not proved', 14, batch(100, OURS, { count: 2 }), false],
  ['another one of ours in its place', 15, batch(100, OURS, { lastOffsetDelta: 1, count: 2 }), false],
  ['a marker of ours in its place', 15, batch(100, OURS, { lastOffsetDelta: 0, count: 1, control: true }), false],
  ["somebody else's batch in its place", 15, batch(100, OTHERS, { count: 2 }), false],
  ["somebody else's batch across its place", 15, batch(98, OTHERS), false],
  ['one of ours across its place', 15, batch(98, OURS, { count: 2 }), false],
];
for (const [what, proved, found, left] of cases) {
  test(`${what}: ${left ? 'it has left' : 'it has not'}`, () => {
    assert.equal(hasLeft({ last, proved, acknowledged: 15 }, found, new Set([OURS])), left);
  });
}

test('a marker in the place of a batch of one record is none of it', () => {
  const one = { ...last, count: 1 };
  const marker = batch(100, OURS, { lastOffsetDelta: 0, count: 0, control: true });
  assert.equal(hasLeft({ last: one, proved: 11, acknowledged: 11 }, marker, new Set([OURS])), false);
});

test('of nothing nothing has left', () => {
  assert.equal(hasLeft({ last: null, proved: 0, acknowledged: 0 }, null, new Set([OURS])), false);
});
