// A backup keeps what a consumer with read_committed sees, and nothing else: no aborted records, no markers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committedBatches, type AbortedTransaction } from '../../../src/archive/committed.ts';
import { goldenBatch } from '../kafka/golden.ts';

const CONTROL = 1 << 5;
const TRANSACTIONAL = 1 << 4;

/** Five records of a producer, or its marker, at an offset. Checksums do not matter here. */
function batch(offset: number, producer: number, kind: 'plain' | 'transactional' | 'marker' | 'emptied'): Buffer {
  const bytes = goldenBatch('none');
  bytes.writeBigInt64BE(BigInt(offset), 0);
  bytes.writeBigInt64BE(BigInt(producer), 43);
  if (kind === 'transactional') bytes.writeInt16BE(TRANSACTIONAL, 21);
  if (kind === 'marker') bytes.writeInt16BE(TRANSACTIONAL | CONTROL, 21);
  if (kind === 'marker') bytes.writeInt32BE(0, 23);
  if (kind === 'emptied') bytes.writeInt32BE(0, 57);
  return bytes;
}

const keptOffsets = (batches: Buffer[], aborted: AbortedTransaction[]): number[] =>
  committedBatches(Buffer.concat(batches), aborted).batches.map(({ header }) => header.baseOffset);

test('Aborted transactions end at their marker; the producer may commit the next one', () => {
  const log = [
    batch(0, 7, 'transactional'),
    batch(5, 8, 'transactional'),
    batch(10, 7, 'transactional'),
    batch(15, 7, 'marker'),
    batch(16, 7, 'transactional'),
    batch(21, 8, 'marker'),
    batch(22, 7, 'marker'),
  ];
  assert.deepEqual(keptOffsets(log, [{ producerId: 7, firstOffset: 0 }]), [5, 16]);
  assert.deepEqual(keptOffsets(log, []), [0, 5, 10, 16]);
});

test('A producer that aborts twice loses both transactions, in whatever order the broker lists them', () => {
  const log = [
    batch(0, 7, 'transactional'),
    batch(5, 7, 'marker'),
    batch(6, 7, 'transactional'),
    batch(11, 7, 'marker'),
    batch(12, 7, 'transactional'),
    batch(17, 7, 'marker'),
  ];
  const aborted = [
    { producerId: 7, firstOffset: 12 },
    { producerId: 7, firstOffset: 0 },
  ];
  assert.deepEqual(keptOffsets(log, aborted), [6]);
});

test('A fetch that begins within an aborted transaction leaves out its rest', () => {
  const log = [batch(100, 7, 'transactional'), batch(105, 9, 'plain'), batch(110, 7, 'marker')];
  assert.deepEqual(keptOffsets(log, [{ producerId: 7, firstOffset: 3 }]), [105]);
});

test('What the same producer wrote outside of transactions stays', () => {
  assert.deepEqual(keptOffsets([batch(0, 7, 'plain')], [{ producerId: 7, firstOffset: 0 }]), [0]);
});

test('The next fetch begins after what was left out too, and a batch that was cut comes again', () => {
  const whole = [batch(0, 7, 'plain'), batch(5, 7, 'emptied'), batch(10, 8, 'marker')];
  const cut = batch(11, 7, 'plain').subarray(0, 100);
  const { batches, nextOffset } = committedBatches(Buffer.concat([...whole, cut]), []);
  assert.deepEqual(
    batches.map(({ header }) => header.baseOffset),
    [0],
  );
  assert.equal(nextOffset, 11);
  assert.equal(committedBatches(cut, []).nextOffset, null);
});
