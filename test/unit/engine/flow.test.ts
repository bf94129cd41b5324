// A batch that a broker refuses for the moment is offered again after a short pause, and the lane hears of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { FedBatch } from '../../../src/engine/feed.ts';
import { PartitionFlow, type PartitionStream } from '../../../src/engine/flow.ts';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import { Code } from '../../../src/kafka/errors.ts';
import type { ProduceResult } from '../../../src/kafka/produce.ts';
import { emptyPartition } from '../../../src/model/report.ts';

const bytes = Buffer.alloc(100);

async function* oneBatch(): AsyncGenerator<FedBatch> {
  await turn();
  yield {
    batch: { index: 0, count: 10, sourceOffset: 0, size: bytes.length, crc: 1 },
    bytes,
    release: () => undefined,
  };
}

/** A partition that has its batch from the archive. */
async function flowing(onNews: () => void): Promise<PartitionFlow> {
  const stream = {
    plan: { name: 't/0', batches: oneBatch },
    ledger: new PartitionLedger(emptyPartition(0, 0)),
    base: 0,
    leaderEpoch: 0,
  } as unknown as PartitionStream;
  const flow = new PartitionFlow(stream, {
    producer: { producerId: 1, producerEpoch: 0 },
    delivery: { transactionalId: 'rekindle-t', depth: 5 },
    readAheadBytes: 1_000,
    onRefused: () => assert.fail('refused for good'),
    onNews,
  });
  flow.begin();
  while (flow.next() === undefined) await turn();
  return flow;
}

const refused = (errorCode: number): ProduceResult => ({ topic: 't', partition: 0, errorCode, baseOffset: -1 });

test('the pause after a refusal ends by its timer, whatever the clock says then', async (t) => {
  let news = 0;
  const flow = await flowing(() => (news += 1));

  // The clock stands still: a timer may be early by it.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => 1_000);
  flow.answered(refused(Code.ConcurrentTransactions), flow.send());
  assert.equal(flow.next(), undefined, 'sent again without a pause');
  const before = news;
  t.mock.timers.tick(2);
  assert.equal(news, before + 1, 'nobody is told');
  assert.equal(flow.next(), bytes);
  flow.close();
});

const waits: [number, string, RegExp][] = [
  [Code.NotEnoughReplicas, 'WaitingForReplicas', /^t\/0: .*30000 ms \(NOT_ENOUGH_REPLICAS\)\. .*min\.insync\.replicas/],
  [Code.ConcurrentTransactions, 'OutcomeUnknown', /^t\/0: .*30000 ms \(CONCURRENT_TRANSACTIONS\)$/],
];
for (const [code, name, message] of waits) {
  test(`a broker that refuses to write for long, with error ${code}: ${name}`, async (t) => {
    const flow = await flowing(() => undefined);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let now = 1_000;
    t.mock.method(performance, 'now', () => now);
    flow.answered(refused(code), flow.send());
    t.mock.timers.tick(100);
    now += 30_001;
    assert.throws(() => flow.answered(refused(code), flow.send()), { name, message });
    flow.close();
  });
}

test('a batch that the leader has, and too few replicas: WaitingForReplicas at once', async () => {
  const flow = await flowing(() => undefined);
  const message = /^t\/0: NOT_ENOUGH_REPLICAS_AFTER_APPEND\. .*min\.insync\.replicas/;
  const answer = refused(Code.NotEnoughReplicasAfterAppend);
  assert.throws(() => flow.answered(answer, flow.send()), { name: 'WaitingForReplicas', message });
  flow.close();
});
