// The CRC after a change of a few bytes is the CRC of the changed message, computed without reading the message.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { crc32c, crcAfterXor } from '../../../src/kafka/crc32c.ts';

test('The CRC is CRC-32C', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('A patched CRC equals the CRC of the patched message, wherever the patch is', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, fc.uint8Array({ minLength: 1, maxLength: 40 }), bytes, (before, difference, after) => {
      const old = Buffer.concat([before, new Uint8Array(difference.length).fill(7), after]);
      const changed = Buffer.from(old);
      difference.forEach((byte, i) => (changed[before.length + i] = byte ^ 7));
      assert.equal(crcAfterXor(crc32c(old), difference, after.length), crc32c(changed));
    }),
  );
});

test('A tail of megabytes makes no difference', () => {
  const message = Buffer.alloc(5_000_001, 'tail');
  const before = crc32c(message);
  const difference = Uint8Array.of(1, 2, 3);
  difference.forEach((byte, i) => (message[i] = (message[i] ?? 0) ^ byte));
  assert.equal(crcAfterXor(before, difference, message.length - difference.length), crc32c(message));
});
