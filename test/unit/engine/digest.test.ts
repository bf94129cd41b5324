// The canonical form of records is what docs/report.md specifies: byte for byte, and different for different records.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalForm, PartitionDigest, topicDigest } from '../../../src/engine/digest.ts';
import { decodeRecords } from '../../../src/kafka/records.ts';
import { goldenBatch, goldenCodecs } from '../kafka/golden.ts';

const nothing = { timestamp: 0, key: null, value: null, headers: [] };
const [empty, x] = [Buffer.alloc(0), Buffer.from('x')];

test('the bytes of a record', () => {
  const headers = [
    { name: 'ö', value: null },
    { name: '', value: empty },
  ];
  const form = canonicalForm(258, { timestamp: -1, key: x, value: empty, headers });
  const parts = [
    ['0000000000000102', 'plan index'],
    ['ffffffffffffffff', 'timestamp'],
    ['0000000178', 'key'],
    ['00000000', 'value, empty'],
    ['00000002', 'number of headers'],
    ['00000002c3b6', 'name, in UTF-8'],
    ['ffffffff', 'null'],
    ['00000000', 'name, empty'],
    ['00000000', 'value, empty'],
  ];
  assert.equal(form.toString('hex'), parts.map(([hex]) => hex).join(''));
});

test('a value of more bytes than fit together', () => {
  const value = Buffer.alloc(70_000, 'y');
  const form = canonicalForm(0, { ...nothing, value });
  assert.equal(form.length, 8 + 8 + 4 + 4 + 70_000 + 4);
  assert.ok(form.subarray(24, 70_024).equals(value));
});

test('records that differ have different forms', () => {
  const records = [
    nothing,
    { ...nothing, timestamp: 1 },
    { ...nothing, key: empty },
    { ...nothing, key: x },
    { ...nothing, value: empty },
    { ...nothing, value: x },
    { ...nothing, headers: [{ name: 'x', value: null }] },
    { ...nothing, headers: [{ name: 'x', value: empty }] },
    { ...nothing, headers: [{ name: '', value: x }] },
    {
      ...nothing,
      headers: [
        { name: 'x', value: x },
        { name: '', value: null },
      ],
    },
    {
      ...nothing,
      headers: [
        { name: '', value: null },
        { name: 'x', value: x },
      ],
    },
  ];
  const forms = new Set(
    [0, 1].flatMap((index) => records.map((record) => canonicalForm(index, record).toString('hex'))),
  );
  assert.equal(forms.size, 2 * records.length);
});

test('the codec of a batch makes no difference', () => {
  const digests = goldenCodecs.map((codec) => {
    const digest = new PartitionDigest();
    // The batch without compression has one record less.
    for (const [index, record] of decodeRecords(goldenBatch(codec)).slice(0, 5).entries()) {
      digest.add(canonicalForm(index, record));
    }
    assert.equal(digest.records, 5);
    return digest.finish();
  });
  assert.equal(new Set(digests).size, 1);
});

test('a topic: number, records and digest of each partition, in order', () => {
  const digest = new PartitionDigest().finish();
  assert.equal(digest, createHash('sha256').digest('hex'));
  const expected = createHash('sha256');
  for (const partition of [0, 1]) {
    expected.update(Buffer.from(`0000000${partition}0000000000000000${digest}`, 'hex'));
  }
  const partitions = [1, 0].map((partition) => ({ partition, records: 0, digest }));
  assert.equal(topicDigest(partitions), expected.digest('hex'));
});
