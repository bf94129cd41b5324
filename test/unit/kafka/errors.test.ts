// A broker's error code becomes a name, a decision whether to try again, and the reason that a person reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Code, kafkaError, KafkaProtocolError } from '../../../src/kafka/errors.ts';
import { isTransient, retryTransient } from '../../../src/kafka/retry.ts';
import { RekindleError } from '../../../src/model/reasons.ts';

const names = [
  [-1, 'UNKNOWN_SERVER_ERROR', true],
  [0, 'NONE', false],
  [6, 'NOT_LEADER_OR_FOLLOWER', true],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', false],
  [51, 'CONCURRENT_TRANSACTIONS', true],
  [90, 'PRODUCER_FENCED', false],
  [4000, 'UNKNOWN_4000', false],
] as const;

for (const [code, name, retriable] of names) {
  test(`Code ${code} is ${name}`, () => assert.deepEqual(kafkaError(code), { code, name, retriable }));
}

const reasonsByCode = [
  [Code.NotEnoughReplicas, 'KafkaUnreachable'],
  [Code.TopicAuthorizationFailed, 'NotAuthorized'],
  [Code.InvalidProducerEpoch, 'Fenced'],
  [Code.UnknownTopicOrPartition, 'TopicMissing'],
  [Code.OutOfOrderSequenceNumber, 'Internal'],
] as const;

for (const [code, reason] of reasonsByCode) {
  test(`${kafkaError(code).name} is the reason ${reason}`, () => {
    const error = new KafkaProtocolError('Produce', code, 'orders-0', 'as the broker says');
    assert.equal(error.reason, reason);
    const sentence = `Kafka answered Produce for orders-0 with ${error.codeName} (${code}): as the broker says.`;
    assert.equal(error.message, sentence);
  });
}

test('What passes is tried again, what stays is not', () => {
  assert.ok(isTransient(new RekindleError('KafkaUnreachable', 'gone')));
  assert.ok(isTransient(new RekindleError('WaitingForReplicas', 'behind')));
  assert.ok(isTransient(new KafkaProtocolError('EndTxn', Code.ConcurrentTransactions, 'tx')));
  assert.ok(!isTransient(new KafkaProtocolError('EndTxn', Code.InvalidProducerEpoch, 'tx')));
  assert.ok(!isTransient(new TypeError('ours')));
});

test('Attempts go on until one succeeds', async () => {
  let attempts = 0;
  const seen: string[] = [];
  const result = await retryTransient(
    'Counting',
    () => {
      attempts++;
      return attempts < 4 ? Promise.reject(new RekindleError('KafkaUnreachable', 'gone')) : Promise.resolve(attempts);
    },
    { onTransient: (error) => seen.push(error.reason) },
  );
  assert.equal(result, 4);
  assert.equal(seen.length, 3);
});

test('Attempts end in time, with the last cause', async () => {
  // Pauses of 10, 20, 40, 80 and 100 ms: the last one would end too late, on a slow machine an earlier one.
  let attempts = 0;
  const attempt = (): Promise<never> => {
    attempts++;
    if (attempts > 5) return Promise.reject(new Error('an attempt after its time'));
    return Promise.reject(new KafkaProtocolError('EndTxn', Code.NotCoordinator, 'tx'));
  };
  await assert.rejects(retryTransient('EndTxn for tx', attempt, { timeoutMs: 200 }), {
    reason: 'KafkaUnreachable',
    message: /EndTxn for tx did not succeed within 200 ms\. .*NOT_COORDINATOR/,
  });
});
