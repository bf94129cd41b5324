// A batch that a broker refuses for the moment is offered again after a short pause, and the lane hears of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { FedBatch } from '../../../src/engine/feed.ts';
import { PartitionFlow, type PartitionStream } from '../../../src/engine/flow.ts';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import { Code } from '../../../src/kafka/errors.ts';
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

test('the pause after a refusal ends by its timer, whatever the clock says then', async (t) => {
  let news = 0;
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
    onNews: () => (news += 1),
  });
  flow.begin();
  while (flow.next() === undefined) await turn();

  // The clock stands still: a timer may be early by it.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => 1_000);
  flow.answered({ topic: 't', partition: 0, errorCode: Code.ConcurrentTransactions, baseOffset: -1 }, flow.send());
  assert.equal(flow.next(), undefined, 'sent again without a pause');
  const before = news;
  t.mock.timers.tick(2);
  assert.equal(news, before + 1, 'nobody is told');
  assert.equal(flow.next(), bytes);
  flow.close();
});
