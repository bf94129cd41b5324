// Without a coordinator the restore numbers its producer itself: no epoch twice, whatever report it begins with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProducerNumbers } from '../../../src/engine/idempotent-delivery.ts';

test('one id, and an epoch for each takeover', () => {
  const numbers = new ProducerNumbers(null);
  assert.equal(numbers.holder, null);
  numbers.begin(7);
  assert.deepEqual(
    [numbers.next(), numbers.next()],
    [
      { producerId: 7, producerEpoch: 0 },
      { producerId: 7, producerEpoch: 1 },
    ],
  );
  assert.deepEqual(numbers.holder, { producerId: 7, producerEpoch: 1 });
});

test('it goes on from what is on record', () => {
  const numbers = new ProducerNumbers({ producerId: 7, producerEpoch: 4 });
  assert.deepEqual(numbers.next(), { producerId: 7, producerEpoch: 5 });
});

test('an epoch in the log that the report does not know of is not used again', () => {
  const numbers = new ProducerNumbers({ producerId: 7, producerEpoch: 4 });
  assert.deepEqual(numbers.next(9), { producerId: 7, producerEpoch: 10 });
  assert.deepEqual(numbers.next(3), { producerId: 7, producerEpoch: 11 });
});

test('after the last epoch another id is to be claimed', () => {
  const numbers = new ProducerNumbers({ producerId: 7, producerEpoch: 32_766 });
  assert.equal(numbers.next().producerEpoch, 32_767);
  assert.equal(numbers.holder, null);
  assert.throws(() => numbers.next(), { reason: 'ProducerUnclaimed' });
  numbers.begin(8);
  assert.deepEqual(numbers.next(), { producerId: 8, producerEpoch: 0 });
});
