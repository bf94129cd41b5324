// Records of a transaction that the coordinator has aborted, because nobody took over in time, are found: the partition
// is purged if all of it is ours and begins again, also if that is interrupted; else it is named.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { RunDependencies } from '../../../src/engine/run-dependencies.ts';
import type { RestoreRun } from '../../../src/engine/run.ts';
import type { Step } from '../../../src/engine/steps.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { readReport } from '../../../src/report/reading.ts';
import { eventually } from '../../support/eventually.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import { backup, killedRestore, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { dumpTopic, loadTopics, writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Of a transaction: longer than it takes to send all records. Milliseconds. */
const TIMEOUT_MS = 4_000;

const to = bootstrapServers();
const source = unusedName('aborted-source');
let cluster: KafkaCluster;
let folder = '';
let from = '';

before(async () => {
  cluster = await connectToKafka();
  folder = await temporaryFolder('aborted');
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

test('nobody takes a frozen process over in time: the coordinator aborts by itself, and the next one begins again', async () => {
  const target = unusedName('aborted-in-time');
  const claims: Claim[] = [];
  const prepared = async (attempt: number, deps: Partial<RunDependencies>): Promise<RestoreRun> => {
    const of = {
      ...{ name: target, archive: join(folder, 'archive'), report: join(folder, target) },
      kafka: { 'bootstrap.servers': to },
      topics: [{ source, target }],
    };
    const run = await openRun(of, { attempt, ...deps });
    const { claim } = await run.preflight(claims);
    claims.splice(0, 1, await run.prepare(claim));
    return run;
  };

  const acknowledged: PromiseWithResolvers<void> = Promise.withResolvers();
  const thawed: PromiseWithResolvers<void> = Promise.withResolvers();
  const step: Step = (name) => {
    if (name !== 'acknowledged') return undefined;
    acknowledged.resolve();
    return thawed.promise;
  };
  const frozen = await prepared(1, { step, transactionTimeoutMs: TIMEOUT_MS });
  const restoring = frozen.restore(patiently);
  await Promise.race([acknowledged.promise, restoring]);
  const { transactionalId, producer } = frozen.report;
  const coordinator = new TransactionCoordinator(cluster, transactionalId);
  await eventually("the transaction's time is up", async () => {
    const holder = await coordinator.holder();
    return holder !== null && holder.producerEpoch > (producer?.producerEpoch ?? Infinity);
  });

  const next = await prepared(2, {});
  assert.equal(await next.restore(patiently), 'done');
  const begins = await new TopicAdmin(cluster).endOffsets(target, [0, 1], 'earliest');
  for (const [partition, offset] of begins) assert.ok(offset > 0, `partition ${partition} was not begun again`);

  thawed.resolve();
  await assert.rejects(restoring, { reason: 'ReportTakenOver' });
  await next.prove(patiently.signal);
  await next.finish();
  await Promise.all([frozen.close(), next.close()]);
  await assertFlawless(to, [{ source, target }]);
});

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
  // What was aborted is there as well, for who reads it.
  const everything = { bootstrap: to, topic: target, isolation: 'read_uncommitted' } as const;
  const untouched = await dumpTopic(everything);
  assert.ok(untouched.length > theirs.length, 'there is nothing of ours that could be deleted');
  assert.equal(untouched.filter((record) => record.value === value).length, theirs.length);
  const words = await refusedRestore(args);
  assert.match(words, /ResetNeedsApproval: \S+: the transaction that ends at offset \d+ was aborted/);
  assert.match(words, /1 that others wrote/);
  assert.ok(isDeepStrictEqual(await dumpTopic(everything), untouched), 'the records are not those that were there');
});
