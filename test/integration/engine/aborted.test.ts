// Records of a transaction that the coordinator has aborted, because nobody took over in time, are found: the partition
// is purged if all of it is ours and begins again, also if that is interrupted; else it is named.
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import { readReport } from '../../../src/report/reading.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { backup, killedRestore, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { loadTopics, writeRecords } from '../../support/topics.ts';

const to = bootstrapServers();
const source = unusedName('aborted-source');
let cluster: KafkaCluster;
let folder = '';
let from = '';

before(async () => {
  cluster = await connectToKafka();
  folder = await mkdtemp(join(tmpdir(), 'rekindle-aborted-'));
  from = `file:${join(folder, 'archive')}`;
  await writeRecords({ bootstrap: to, topic: source, records: 10_000, partitions: 2, recordBytes: 300 });
  await backup({ from: to, to: from, topics: [source] });
});
after(() => cluster.close());

/** A restore that was killed with records acknowledged and its transaction open, which was then aborted. */
async function abortedRestore(name: string): Promise<{ args: RestoreArguments; target: string }> {
  const target = unusedName(`aborted-${name}`);
  const args = { from, to, topics: [`${source}=${target}`], report: join(folder, target) };
  await killedRestore({ ...args, maxBytesPerSecond: 200_000, stopAt: 'acknowledged#2' });
  const report = await readReport(args.report);
  // As the coordinator does after the transaction's timeout: it writes abort markers.
  await new TransactionCoordinator(cluster, report?.transactionalId ?? '').initProducerId(60_000);
  return { args, target };
}

test('a partition that is all ours begins again', async () => {
  const { args, target } = await abortedRestore('ours');
  const { restore: outcome } = await restore(args);
  assert.equal(outcome, 'done');
  await assertFlawless(to, [{ source, target }]);
});

for (const stopAt of ['purge-decided', 'purged', 'purged#2']) {
  test(`the purge is interrupted: ${stopAt}`, async () => {
    const { args, target } = await abortedRestore(stopAt.replace('#', '-'));
    await killedRestore({ ...args, stopAt });
    const { restore: outcome } = await restore(args);
    assert.equal(outcome, 'done');
    await assertFlawless(to, [{ source, target }]);
  });
}

test("a partition with another producer's records is named, and nothing is deleted", async () => {
  const { args, target } = await abortedRestore('foreign');
  const value = Buffer.from('theirs').toString('base64');
  const theirs = [0, 1].map((partition) => ({
    topic: target,
    partition,
    timestamp: 1,
    key: value,
    value,
    headers: [],
  }));
  await loadTopics({ bootstrap: to }, theirs);
  const words = await refusedRestore(args);
  assert.match(words, /ResetNeedsApproval: \S+: the transaction that ends at offset \d+ was aborted/);
  assert.match(words, /1 that others wrote/);
});
