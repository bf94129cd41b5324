// A batch of a foreign producer is made ours by changing its header alone: its records stay as they are, its CRC stays
// right, and damage stays visible.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  HEADER_BYTES,
  parseHeader,
  splitBatches,
  stamp,
  stampedCrc,
  strip,
  verifyCrc,
  whyNotVerbatim,
} from '../../../src/kafka/record-batch.ts';
import { goldenBatch, goldenBatches, goldenCodecs } from './golden.ts';

const OURS = { producerId: 2 ** 40 + 7, producerEpoch: 3, baseSequence: 2 ** 31 - 2 };

for (const [number, codec] of goldenCodecs.entries()) {
  test(`A Java producer's batch (${codec}) is stripped for the archive and stamped for the target`, () => {
    const original = goldenBatch(codec);
    const header = parseHeader(original);
    assert.equal(header.codec, number);
    assert.equal(header.count, codec === 'none' ? 5 : 6);
    assert.ok(header.producerId >= 0);
    assert.ok(verifyCrc(original));

    const archived = Buffer.from(original);
    archived.writeBigInt64BE(1234n, 0);
    strip(archived);
    assert.ok(verifyCrc(archived));
    const stripped = parseHeader(archived);
    assert.deepEqual(
      { ...header, baseOffset: 1234, producerId: -1, producerEpoch: -1, baseSequence: -1, crc: stripped.crc },
      stripped,
    );

    const sent = Buffer.from(archived);
    stamp(sent, OURS);
    assert.ok(verifyCrc(sent));
    const stamped = parseHeader(sent);
    const expected = { ...stripped, ...OURS, baseOffset: 0, transactional: true, attributes: header.attributes | 16 };
    assert.deepEqual(stamped, { ...expected, crc: stamped.crc });
    assert.deepEqual(sent.subarray(HEADER_BYTES), original.subarray(HEADER_BYTES));

    assert.equal(stampedCrc(stripped, OURS), stamped.crc, 'the plan knows the CRC without the bytes');

    const plain = Buffer.from(archived);
    const OUTSIDE = { ...OURS, transactional: false };
    stamp(plain, OUTSIDE);
    assert.ok(verifyCrc(plain));
    assert.equal(parseHeader(plain).attributes, header.attributes, 'outside of a transaction');
    assert.equal(stampedCrc(stripped, OUTSIDE), parseHeader(plain).crc);
  });
}

test('The transactional flag of the source goes with strip', () => {
  const [batch] = goldenBatches('transactional');
  assert.ok(batch !== undefined && parseHeader(batch).transactional);
  strip(batch);
  assert.equal(parseHeader(batch).transactional, false);
  assert.ok(verifyCrc(batch));
});

test('Stamping a damaged batch does not make its CRC right', () => {
  const batch = goldenBatch('lz4');
  batch[100] = (batch[100] ?? 0) ^ 1;
  assert.equal(verifyCrc(batch), false);
  stamp(batch, OURS);
  assert.equal(verifyCrc(batch), false);
});

test('A record set is split into whole batches; the tail that the fetch limit cut is dropped', () => {
  const batches = [goldenBatch('none'), goldenBatch('gzip'), goldenBatch('zstd')];
  const whole = Buffer.concat(batches);
  assert.deepEqual([...splitBatches(whole)], batches);
  const last = batches[2]?.length ?? 0;
  for (const cut of [1, last - HEADER_BYTES, last - 16, last - 1]) {
    assert.deepEqual([...splitBatches(whole.subarray(0, whole.length - cut))], batches.slice(0, 2), `cut by ${cut}`);
  }
});

test('A length that cannot be one ends the splitting with an error instead of going on for ever', () => {
  const batch = goldenBatch('none');
  batch.writeInt32BE(-12, 8);
  assert.throws(() => [...splitBatches(batch)], { reason: 'Internal' });
});

test('A message of an old format is recognised although its header is shorter', () => {
  const message = Buffer.alloc(30);
  message.writeBigInt64BE(42n, 0);
  message.writeInt32BE(18, 8);
  message.writeUInt32BE(99, 12);
  message[16] = 1;
  const [only] = splitBatches(message);
  const header = parseHeader(only ?? Buffer.alloc(0));
  assert.deepEqual([header.magic, header.baseOffset, header.size, header.crc], [1, 42, 30, 99]);
  assert.equal(whyNotVerbatim(header), 'old-magic');
});

const verbatim = { magic: 2, attributes: 3, count: 10, lastOffsetDelta: 9 };
const cases = [
  [verbatim, null],
  [{ ...verbatim, attributes: 16 | 64 }, null],
  [{ ...verbatim, magic: 1 }, 'old-magic'],
  [{ ...verbatim, attributes: 16 | 32 }, 'control'],
  [{ ...verbatim, count: 0 }, 'empty'],
  [{ ...verbatim, count: 9 }, 'offset-gaps'],
  [{ ...verbatim, attributes: 8 }, 'append-time'],
] as const;

for (const [header, expected] of cases) {
  test(`Whether ${JSON.stringify(header)} goes verbatim: ${expected ?? 'yes'}`, () => {
    assert.equal(whyNotVerbatim(header), expected);
  });
}

test('A commit marker of a real log is no batch to send', () => {
  const marker = goldenBatches('transactional')[1];
  assert.ok(marker !== undefined);
  assert.equal(whyNotVerbatim(parseHeader(marker)), 'control');
});
