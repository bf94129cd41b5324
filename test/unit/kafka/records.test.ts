// Records of every codec are read as the Java producer wrote them, and damage is said, never guessed around.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { compressSync } from 'snappy';

import { crc32c } from '../../../src/kafka/crc32c.ts';
import { HEADER_BYTES, verifyCrc } from '../../../src/kafka/record-batch.ts';
import { decodeRecords, minTimestamp } from '../../../src/kafka/records.ts';
import { goldenBatch, goldenCodecs, goldenRecords } from './golden.ts';

function readable(batch: Buffer): unknown[] {
  return decodeRecords(batch).map(({ timestamp, key, value, headers }) => ({
    timestamp,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: headers.map(({ name, value: content }) => [name, content?.toString() ?? null]),
  }));
}

for (const codec of goldenCodecs) {
  test(`Records of a Java batch (${codec}): null and empty, repeated headers, times out of order`, () => {
    const batch = goldenBatch(codec);
    assert.deepEqual(readable(batch), codec === 'none' ? goldenRecords.slice(0, 5) : goldenRecords);
    assert.equal(minTimestamp(batch), goldenRecords[1]?.timestamp);
  });

  test(`Damage in a batch (${codec}) is named with its offset`, () => {
    const batch = goldenBatch(codec);
    batch.writeBigInt64BE(77n, 0);
    batch.fill(0xff, HEADER_BYTES, HEADER_BYTES + 24);
    assert.throws(() => decodeRecords(batch), { reason: 'SegmentDamaged', message: /offset 77 .*codec/ });
  });
}

test('Offsets count from the batch’s base offset', () => {
  const batch = goldenBatch('none');
  batch.writeBigInt64BE(1000n, 0);
  assert.deepEqual(
    decodeRecords(batch).map(({ offset }) => offset),
    [1000, 1001, 1002, 1003, 1004],
  );
});

test('With append time, all records have the time that the broker set', () => {
  const batch = goldenBatch('none');
  batch.writeInt16BE(8, 21);
  batch.writeBigInt64BE(5_000n, 35);
  assert.deepEqual(new Set(decodeRecords(batch).map(({ timestamp }) => timestamp)), new Set([5_000]));
  assert.equal(minTimestamp(batch), 5_000);
});

test('Snappy without Java’s framing, as other producers write it, is read too', () => {
  const gzipped = goldenBatch('gzip');
  const block = compressSync(gunzipSync(gzipped.subarray(HEADER_BYTES)));
  const batch = Buffer.concat([gzipped.subarray(0, HEADER_BYTES), block]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(2, 21);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  assert.ok(verifyCrc(batch));
  assert.deepEqual(readable(batch), goldenRecords);
});

test('A record that is longer than it says is damage', () => {
  const batch = goldenBatch('none');
  batch[HEADER_BYTES] = (batch[HEADER_BYTES] ?? 0) - 2;
  assert.throws(() => decodeRecords(batch), { reason: 'SegmentDamaged' });
  assert.throws(() => minTimestamp(batch), { reason: 'SegmentDamaged' });
});
