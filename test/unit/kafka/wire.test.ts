// What the writer writes the reader reads, at the sizes where encodings change, and batches are sent without a copy.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { ResponseReader } from '../../../src/kafka/wire/reader.ts';
import { VarintReader } from '../../../src/kafka/wire/varint-reader.ts';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';

test('All fields, in any order and number', () => {
  // As long as the writer's own buffers, and longer.
  const text = fc.string({ unit: 'grapheme', maxLength: 600, size: 'max' });
  const field = fc.oneof(
    fc.record({ kind: fc.constant('int32' as const), value: fc.integer() }),
    fc.record({ kind: fc.constant('int64' as const), value: fc.maxSafeInteger() }),
    fc.record({ kind: fc.constant('unsignedVarint' as const), value: fc.nat() }),
    fc.record({ kind: fc.constant('string' as const), value: text }),
    fc.record({ kind: fc.constant('compactString' as const), value: text }),
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 60 }), (fields) => {
      const writer = new RequestWriter();
      for (const { kind, value } of fields) {
        if (kind === 'string' || kind === 'compactString') writer[kind](value);
        else writer[kind](value);
      }
      const reader = new ResponseReader(Buffer.concat(writer.take()));
      assert.deepEqual(
        fields.map(({ kind }) => reader[kind]()),
        fields.map(({ value }) => value),
      );
      assert.throws(() => reader.int8(), RangeError);
    }),
  );
});

test('A batch is referenced, not copied, and stands where it was written', () => {
  const batch = Buffer.alloc(5_000, 'batch');
  const pieces = new RequestWriter().int32(1).raw(batch).int32(2).take();
  assert.equal(pieces[1], batch);
  assert.deepEqual(Buffer.concat(pieces), Buffer.concat([Buffer.of(0, 0, 0, 1), batch, Buffer.of(0, 0, 0, 2)]));
});

test('Tagged fields that we do not know are skipped', () => {
  const body = new RequestWriter()
    .unsignedVarint(2)
    .unsignedVarint(0)
    .unsignedVarint(3)
    .raw(Buffer.of(9, 9, 9));
  const bytes = Buffer.concat(body.unsignedVarint(7).unsignedVarint(1).raw(Buffer.of(9)).int32(42).take());
  const reader = new ResponseReader(bytes);
  reader.tags();
  assert.equal(reader.int32(), 42);
});

test('A UUID is read as text', () => {
  const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  assert.equal(new ResponseReader(bytes).uuid(), '00112233-4455-6677-8899-aabbccddeeff');
});

test('Varints of records: zigzag, up to 52 bits', () => {
  const zigzag = (value: number): Buffer => {
    let rest = (BigInt(value) << 1n) ^ (BigInt(value) >> 63n);
    const bytes: number[] = [];
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return Buffer.from([...bytes, Number(rest)]);
  };
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), (int, long) => {
      const reader = new VarintReader(Buffer.concat([zigzag(int), zigzag(long)]));
      assert.equal(reader.varint(), int);
      assert.equal(reader.varlong(), long);
      assert.ok(reader.atEnd);
    }),
  );
  assert.throws(() => new VarintReader(Buffer.alloc(11, 0xff)).varint(), RangeError);
  assert.throws(() => new VarintReader(Buffer.alloc(11, 0xff)).varlong(), RangeError);
});
