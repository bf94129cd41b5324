// A request is written byte for byte as the protocol says, wherever the writer's pieces happen to end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';

test('strings across the end of a piece arrive whole', () => {
  for (let before = 0; before < 300; before++) {
    const written = Buffer.concat(
      new RequestWriter().raw(Buffer.alloc(before, 1)).string('nineteen characters').take(),
    );
    assert.equal(written.length, before + 2 + 19, `after ${before} bytes`);
    assert.equal(written.readInt16BE(before), 19, `after ${before} bytes`);
    assert.equal(written.toString('utf8', before + 2), 'nineteen characters', `after ${before} bytes`);
  }
});

test('large pieces are referenced, not copied', () => {
  const large = Buffer.alloc(2048, 7);
  const pieces = new RequestWriter().int32(1).raw(large).int32(2).take();
  assert.ok(pieces.includes(large));
  assert.equal(Buffer.concat(pieces).length, 4 + 2048 + 4);
});
