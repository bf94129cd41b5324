// What a coordinator answers decides whether a restore goes on, asks for less, or says what is to be changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code, KafkaProtocolError } from '../../../src/kafka/errors.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';
import { ScriptedBroker } from './scripted-broker.ts';
import { connectTo } from './scripted-cluster.ts';
import { METADATA, metadataResponse } from './scripted-responses.ts';

const [FIND_COORDINATOR, INIT_PRODUCER_ID, END_TXN, DESCRIBE_TRANSACTIONS] = [10, 22, 26, 65];
const MINUTE = 60_000;
const producer = { producerId: 7, producerEpoch: 0 };

/** In the transaction that is being ended two partitions have no marker yet. */
function unmarked(): Buffer {
  const response = new RequestWriter().noTags().int32(0);
  response.compactArray(['tx'], (id) => {
    response.int16(Code.None).compactString(id).compactString('PrepareCommit').int32(MINUTE).int64(0);
    response.int64(producer.producerId).int16(producer.producerEpoch);
    response.compactArray(['orders'], (topic) => {
      response.compactString(topic).compactArray([3, 4], (partition) => response.int32(partition));
      response.noTags();
    });
    response.noTags();
  });
  return Buffer.concat(response.noTags().take());
}

/**
 * The coordinator of a cluster of one broker.
 * @param script error codes that it answers, by API key and what follows the transactional id
 */
async function coordinatorThat(
  script: (key: number, rest: Buffer) => number,
  options: { timeoutMs?: number } = {},
): Promise<TransactionCoordinator> {
  const broker = await ScriptedBroker.start(({ key, correlationId, body }, answer) => {
    if (key === METADATA) {
      answer(correlationId, metadataResponse(broker.port));
      return;
    }
    if (key === DESCRIBE_TRANSACTIONS) {
      answer(correlationId, unmarked());
      return;
    }
    const response = new RequestWriter().int32(0);
    if (key === FIND_COORDINATOR) {
      response.int16(Code.None).string(null).int32(1).string('127.0.0.1').int32(broker.port);
    } else {
      response.int16(script(key, body.subarray(2 + body.readInt16BE(0))));
      if (key === INIT_PRODUCER_ID) response.int64(producer.producerId).int16(producer.producerEpoch);
    }
    answer(correlationId, Buffer.concat(response.take()));
  });
  return new TransactionCoordinator(await connectTo(broker), 'tx', options);
}

/** A coordinator that allows transactions of this time at most, and the times that it was asked for. */
async function coordinatorOf(maxMs: number): Promise<{ coordinator: TransactionCoordinator; asked: number[] }> {
  const asked: number[] = [];
  const coordinator = await coordinatorThat((_key, rest) => {
    asked.push(rest.readInt32BE());
    return rest.readInt32BE() > maxMs ? Code.InvalidTransactionTimeout : Code.None;
  });
  return { coordinator, asked };
}

test('Where brokers allow shorter transactions only, it asks for less, and remembers', async () => {
  const { coordinator, asked } = await coordinatorOf(5 * MINUTE);
  assert.deepEqual(await coordinator.initProducerId(15 * MINUTE), producer);
  assert.deepEqual(await coordinator.initProducerId(15 * MINUTE), producer);
  assert.deepEqual(asked, [15 * MINUTE, 7.5 * MINUTE, 3.75 * MINUTE, 3.75 * MINUTE]);
});

test('Where they allow none of any use, it says what is to be set', async () => {
  const { coordinator, asked } = await coordinatorOf(10_000);
  const refusal = { reason: 'InvalidConfiguration', message: /set transaction\.max\.timeout\.ms .* to 30000/ };
  await assert.rejects(coordinator.initProducerId(15 * MINUTE), refusal);
  assert.ok(asked.every((timeoutMs) => timeoutMs >= 30_000));
});

test('A broker that cannot say what has happened to it is asked again', async () => {
  let asked = 0;
  const coordinator = await coordinatorThat((key) => {
    if (key === END_TXN) asked += 1;
    return asked === 1 ? Code.UnknownServerError : Code.None;
  });
  assert.equal(await coordinator.commit(producer), 'committed');
  assert.equal(asked, 3, 'once more, and once to see that the markers are written');
});

test('A transaction that does not come to its end: it says where the marker is missing, and what is needed there', async () => {
  const coordinator = await coordinatorThat(() => Code.ConcurrentTransactions, { timeoutMs: 50 });
  for (const call of [() => coordinator.commit(producer), () => coordinator.initProducerId(MINUTE)]) {
    await assert.rejects(call(), (error) => {
      assert.ok(error instanceof RekindleError && error.cause instanceof KafkaProtocolError);
      assert.deepEqual([error.reason, error.cause.code], ['WaitingForReplicas', Code.ConcurrentTransactions]);
      assert.match(error.message, /orders\/3 \(2 partitions wait\).* enough brokers for min\.insync\.replicas are up/);
      return true;
    });
  }
});
