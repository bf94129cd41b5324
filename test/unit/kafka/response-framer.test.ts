// Answers come out whole and in order, however they were cut on their way, and where they are wanted; what arrives is not
// looked at again later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseFramer } from '../../../src/kafka/response-framer.ts';

function answer(correlationId: number, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + text.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** @param into where answers shall be put, by correlation id */
function framed(pieces: readonly Buffer[], into: Readonly<Record<number, Buffer>> = {}): [number, Buffer][] {
  const answers: [number, Buffer][] = [];
  const framer = new ResponseFramer({
    bufferFor: (correlationId) => into[correlationId],
    onAnswer: ({ correlationId, payload }) => answers.push([correlationId, payload]),
  });
  for (const piece of pieces) {
    const lent = Buffer.from(piece);
    framer.accept(lent);
    lent.fill(0xff);
  }
  return answers;
}

const asText = (answers: readonly [number, Buffer][]): [number, string][] =>
  answers.map(([id, of]) => [id, of.toString()]);

const stream = Buffer.concat([answer(1, 'first'), answer(2, ''), answer(-3, 'the third')]);
const wanted = [
  [1, 'first'],
  [2, ''],
  [-3, 'the third'],
];

test('in pieces of every size', () => {
  for (let size = 1; size <= stream.length; size++) {
    const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
      stream.subarray(i * size, (i + 1) * size),
    );
    assert.deepEqual(asText(framed(pieces)), wanted, `${size} bytes`);
  }
});

test('an answer is put where it is wanted, if it fits', () => {
  const into = { 1: Buffer.alloc(5), [-3]: Buffer.alloc(8) };
  const answers = framed([stream], into);
  assert.deepEqual(asText(answers), wanted);
  assert.equal(answers[0]?.[1].buffer, into[1].buffer);
  assert.equal(into[1].toString(), 'first');
  assert.notEqual(answers[2]?.[1].buffer, into[-3].buffer, 'it is one byte larger');
});

test('what speaks another protocol is found out at once', () => {
  for (const piece of [Buffer.from('HTTP/1.1 400 Bad Request'), Buffer.from('0000000300000000', 'hex')]) {
    assert.throws(() => framed([piece]), /none of Kafka's protocol/);
  }
});
