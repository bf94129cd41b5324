// Whatever stands in the target's log is recognized for what it is: ours and next, a repeat, a hole, other bytes, a
// marker, or somebody else's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coverage, sequenceOf, type Verdict } from '../../../src/engine/coverage.ts';
import type { PlanBatch } from '../../../src/engine/ledger.ts';
import { stampedCrc, type BatchHeader } from '../../../src/kafka/record-batch.ts';

const OWN = 7;
const expected: PlanBatch = { index: 100, count: 10, sourceOffset: 100, size: 500, crc: 0xabcdef01 };

function header(of: Partial<BatchHeader>): BatchHeader {
  const stamp = { producerId: OWN, producerEpoch: 3, baseSequence: 20, ...of };
  return {
    baseOffset: 1000,
    size: 500,
    leaderEpoch: 0,
    magic: 2,
    crc: stampedCrc(expected, stamp),
    attributes: 0x10,
    codec: 0,
    logAppendTime: false,
    transactional: true,
    control: false,
    deleteHorizon: false,
    lastOffsetDelta: 9,
    baseTimestamp: 0,
    maxTimestamp: 0,
    count: 10,
    ...stamp,
  };
}

const cases: { name: string; header: BatchHeader; commit?: boolean; plan?: PlanBatch | null; is: Verdict['is'] }[] = [
  { name: 'the expected batch', header: header({}), is: 'ours' },
  { name: 'other bytes under our sequence', header: header({ crc: 1 }), is: 'different' },
  { name: 'another number of records', header: header({ count: 9 }), is: 'different' },
  { name: 'our sequence beyond the end of the plan', header: header({}), plan: null, is: 'different' },
  { name: 'a sequence that was there', header: header({ baseSequence: 10 }), is: 'repeat' },
  { name: 'a sequence that leaves some out', header: header({ baseSequence: 30 }), is: 'hole' },
  { name: 'an epoch before the one on record', header: header({ producerEpoch: 2 }), is: 'repeat' },
  {
    name: 'an epoch before the one on record, outside of transactions, in its place',
    header: header({ producerEpoch: 2, baseSequence: 90, transactional: false }),
    is: 'ours',
  },
  {
    name: 'the same, with other bytes',
    header: header({ producerEpoch: 2, baseSequence: 90, transactional: false, crc: 1 }),
    is: 'repeat',
  },
  { name: 'a newer epoch that begins where we are', header: header({ producerEpoch: 4, baseSequence: 0 }), is: 'ours' },
  { name: 'a newer epoch that begins elsewhere', header: header({ producerEpoch: 4, baseSequence: 10 }), is: 'hole' },
  { name: 'another producer', header: header({ producerId: 8 }), is: 'foreign' },
  { name: "another producer's marker", header: header({ producerId: 8, control: true }), is: 'foreign' },
  { name: 'our commit marker', header: header({ control: true }), commit: true, is: 'marker' },
  { name: 'our abort marker', header: header({ control: true }), commit: false, is: 'marker' },
];

for (const { name, header: found, commit = false, plan = expected, is } of cases) {
  test(`${name}: ${is}`, () => {
    const coverage = new Coverage({ producerId: OWN, producerEpoch: 3, base: 80 }, new Set([OWN]));
    const verdict = coverage.judge(found, commit, 100, plan);
    assert.equal(verdict.is, is);
    if (verdict.is === 'marker') assert.equal(verdict.committed, commit);
  });
}

test('a newer epoch keeps the base of its first batch', () => {
  const coverage = new Coverage({ producerId: OWN, producerEpoch: 3, base: 80 }, new Set([OWN]));
  assert.equal(coverage.judge(header({ producerEpoch: 4, baseSequence: 0 }), false, 100, expected).is, 'ours');
  const next = { ...expected, index: 110 };
  assert.equal(coverage.judge(header({ producerEpoch: 4, baseSequence: 10 }), false, 110, next).is, 'ours');
  assert.equal(coverage.judge(header({ producerEpoch: 3, baseSequence: 40 }), false, 120, expected).is, 'repeat');
});

test('sequences begin again at 0 after 2^31 - 1', () => {
  const base = 1_000;
  assert.equal(sequenceOf(base + 2 ** 31, base), 0);
  assert.equal(sequenceOf(base + 2 ** 31 - 1, base), 2 ** 31 - 1);
  const coverage = new Coverage({ producerId: OWN, producerEpoch: 3, base }, new Set([OWN]));
  const wrapped = { ...expected, index: base + 2 ** 31 };
  assert.equal(coverage.judge(header({ baseSequence: 0 }), false, wrapped.index, wrapped).is, 'ours');
  assert.equal(coverage.judge(header({ baseSequence: 2 ** 31 - 10 }), false, wrapped.index, wrapped).is, 'repeat');
});

test('epochs of one producer, one after the other, are known from the first record on', () => {
  const coverage = new Coverage({ producerId: -1, producerEpoch: -1, base: 0 }, new Set([OWN]));
  const batches = [
    { producerEpoch: 0, baseSequence: 0 },
    { producerEpoch: 0, baseSequence: 10 },
    { producerEpoch: 1, baseSequence: 0 },
    { producerEpoch: 1, baseSequence: 10 },
    { producerEpoch: 4, baseSequence: 0 },
  ];
  for (const [nth, of] of batches.entries()) {
    const verdict = coverage.judge(header({ ...of, transactional: false }), false, 10 * nth, expected);
    assert.equal(verdict.is, 'ours', `batch ${nth}`);
  }
});
