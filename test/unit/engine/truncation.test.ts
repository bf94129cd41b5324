// What a proof has covered may leave the topic; what took its place in a log that was cut is told apart from that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasLeft } from '../../../src/engine/truncation.ts';
import type { BatchHeader } from '../../../src/kafka/record-batch.ts';

const [OURS, OTHERS] = [7, 8];
const last = { offset: 100, index: 10, count: 5, crc: 1, leaderEpoch: 0 };
const batch = (baseOffset: number, producerId: number, crc: number): BatchHeader =>
  ({ baseOffset, producerId, crc }) as BatchHeader;

const cases: [what: string, proved: number, found: BatchHeader | null, left: boolean][] = [
  ['the batch itself', 15, batch(100, OURS, 1), false],
  ['nothing, and all is proved', 15, null, true],
  ['nothing, and its records are not proved', 14, null, false],
  ['a later batch: compaction left a gap', 15, batch(105, OTHERS, 9), true],
  ['a later batch, and its records are not proved', 14, batch(105, OTHERS, 9), false],
  ['what compaction left of it', 15, batch(100, OURS, 9), true],
  ['what another one looks like that is not proved', 14, batch(100, OURS, 9), false],
  ["somebody else's batch in its place", 15, batch(100, OTHERS, 9), false],
  ["somebody else's batch across its place", 15, batch(98, OTHERS, 9), false],
  ['one of ours across its place', 15, batch(98, OURS, 9), false],
];
for (const [what, proved, found, left] of cases) {
  test(`${what}: ${left ? 'it has left' : 'it has not'}`, () => {
    assert.equal(hasLeft({ last, proved, acknowledged: 15 }, found, new Set([OURS])), left);
  });
}

test('of nothing nothing has left', () => {
  assert.equal(hasLeft({ last: null, proved: 0, acknowledged: 0 }, null, new Set([OURS])), false);
});
