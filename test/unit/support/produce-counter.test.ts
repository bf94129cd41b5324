// The counter sees every Produce request of a connection, however the bytes are cut, and nothing but those.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { ProduceCounter, type Produced } from '../../support/produce-counter.ts';

const none: Produced = { requests: 0, batches: 0, records: 0, bytes: 0 };

function int(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

function string(text: string | null): Buffer {
  return text === null ? int(2, -1) : Buffer.concat([int(2, text.length), Buffer.from(text)]);
}

function array(items: Buffer[]): Buffer {
  return Buffer.concat([int(4, items.length), ...items]);
}

function request(apiKey: number, version: number, body: Buffer): Buffer {
  const message = Buffer.concat([int(2, apiKey), int(2, version), int(4, 77), string('client'), body]);
  return Buffer.concat([int(4, message.length), message]);
}

function batch(size: number, records: number): Buffer {
  const bytes = Buffer.alloc(size, 0xee);
  bytes.writeInt32BE(records, 57);
  return bytes;
}

function produceRequest(topics: Record<string, Buffer[]>, version = 7, transactionalId: string | null = null): Buffer {
  const entries = Object.entries(topics).map(([topic, batches]) => {
    const partitions = batches.map((bytes, index) => Buffer.concat([int(4, index), int(4, bytes.length), bytes]));
    return Buffer.concat([string(topic), array(partitions)]);
  });
  return request(0, version, Buffer.concat([string(transactionalId), int(2, -1), int(4, 30_000), array(entries)]));
}

const metadataRequest = request(3, 1, array([string('orders')]));

/** What looks like the beginning of a Produce request within another one must not be taken for it. */
const misleading = request(1, 11, produceRequest({ orders: [batch(100, 5)] }));

const stream = Buffer.concat([
  metadataRequest,
  produceRequest({ orders: [batch(100, 5), batch(70, 2)], payments: [batch(61, 1)] }),
  misleading,
  produceRequest({ orders: [batch(4_000, 40)] }, 3, 'restore-1'),
  metadataRequest,
]);
const expected: Produced = { requests: 2, batches: 4, records: 48, bytes: 4_231 };

test('requests of several topics and partitions are added up, others pass', () => {
  const total = { ...none };
  new ProduceCounter(total).feed(stream);
  assert.deepEqual(total, expected);
});

test('it does not matter where the stream is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const total = { ...none };
      const counter = new ProduceCounter(total);
      const ends = [...cuts, stream.length].sort((a, b) => a - b);
      ends.forEach((end, index) => counter.feed(stream.subarray(ends[index - 1] ?? 0, end)));
      assert.deepEqual(total, expected);
    }),
  );
});

test('a request that is not whole does not count; connections add to the same total', () => {
  const total = { ...none };
  new ProduceCounter(total).feed(produceRequest({ orders: [batch(100, 5)] }).subarray(0, -1));
  assert.deepEqual(total, none);
  new ProduceCounter(total).feed(produceRequest({ orders: [batch(100, 5)] }));
  new ProduceCounter(total).feed(produceRequest({ orders: [batch(100, 5)] }));
  assert.deepEqual(total, { requests: 2, batches: 2, records: 10, bytes: 200 });
});

test('a version that cannot be counted is an error, not zero', () => {
  assert.throws(() => new ProduceCounter({ ...none }).feed(produceRequest({}, 9)), /Produce version 9/);
});
