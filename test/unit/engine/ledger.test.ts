// The ledger notes every acknowledgement once, in order, and never takes an offset twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionLedger, type PlanBatch, type Standing } from '../../../src/engine/ledger.ts';
import { emptyPartition } from '../../../src/model/report.ts';

const batch = (index: number, count: number, sourceOffset = index): PlanBatch => ({
  index,
  count,
  sourceOffset,
  size: 100,
  crc: 1,
});

const at = (offset: number): Standing => ({ offset, crc: 1, leaderEpoch: 0 });

test('runs grow while source and target go on, and break where either has a gap', () => {
  const ledger = new PartitionLedger(emptyPartition(0, 10));
  assert.ok(ledger.acknowledge(batch(0, 5), at(10)));
  assert.ok(ledger.acknowledge(batch(5, 5), at(15)));
  assert.ok(ledger.acknowledge(batch(10, 5), at(21)), 'a marker stands at offset 20');
  assert.ok(ledger.acknowledge(batch(15, 5, 100), at(26)), 'the source has a gap before offset 100');
  assert.deepEqual(ledger.report.runs, [
    [0, 0, 10, 10],
    [10, 10, 21, 5],
    [15, 100, 26, 5],
  ]);
  assert.equal(ledger.next, 20);
  assert.equal(ledger.end, 31);
});

test('an offset below the end of what is noted is refused, and changes nothing', () => {
  const ledger = new PartitionLedger(emptyPartition(0, 0));
  ledger.acknowledge(batch(0, 5), at(0));
  const before = structuredClone(ledger.report);
  assert.equal(ledger.acknowledge(batch(5, 5), at(4)), false);
  assert.deepEqual(ledger.report, before);
});

test('a batch out of order is a defect of the caller', () => {
  const ledger = new PartitionLedger(emptyPartition(0, 0));
  assert.throws(() => ledger.acknowledge(batch(5, 5), at(0)), /batch 5 after 0/);
});

test('acknowledged is not committed until the transaction is', () => {
  const ledger = new PartitionLedger(emptyPartition(0, 0));
  ledger.acknowledge(batch(0, 5), at(0));
  assert.equal(ledger.report.committed, 0);
  ledger.commit();
  assert.equal(ledger.report.committed, 5);
});

test('foreign batches side by side are one run', () => {
  const ledger = new PartitionLedger(emptyPartition(0, 0));
  ledger.foreign(3, 2);
  ledger.foreign(5, 1);
  ledger.foreign(9, 1);
  assert.deepEqual(ledger.report.foreign, [
    [3, 3],
    [9, 1],
  ]);
});

test('what a proof has covered is kept when the rest is read again', () => {
  const ledger = new PartitionLedger(emptyPartition(0, 10));
  ledger.acknowledge(batch(0, 5), at(10));
  ledger.foreign(15, 1);
  ledger.report.proved = 8;
  ledger.acknowledge(batch(5, 3), at(16));
  ledger.acknowledge(batch(8, 4), at(19));
  ledger.foreign(23, 2);
  ledger.commit();
  ledger.keepProved(200);
  assert.deepEqual(ledger.report, {
    ...{ ...emptyPartition(0, 10), proved: 8, acknowledged: 8, committed: 8, bytes: 200 },
    runs: [
      [0, 0, 10, 5],
      [5, 5, 16, 3],
    ],
    foreign: [[15, 1]],
  });
  assert.deepEqual([ledger.next, ledger.end], [8, 19]);
});
