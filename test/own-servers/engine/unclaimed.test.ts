// A coordinator that forgets a transactional id gives out another producer id for it. Nothing is written with an id that
// nobody has claimed: a start from zero would not know it for the restore's own.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreRun } from '../../../src/engine/run.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { startArchivedSource } from '../../support/archived-source.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { unusedName } from '../../support/kafka.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import type { ProxiedKafka } from '../../support/proxied-kafka.ts';

const source = 'unclaimed-source';
/** Of attempts that a slow machine may need: an id that nobody uses is forgotten after five seconds. */
const ATTEMPTS = 5;

let kafka: ProxiedKafka;
let folder = '';
let cluster: KafkaCluster;
before(async () => {
  const properties = {
    'transactional.id.expiration.ms': '5000',
    'transaction.remove.expired.transaction.cleanup.interval.ms': '200',
  };
  const data = { source, records: 2_000, partitions: 2 };
  ({ kafka, folder } = await startArchivedSource({ name: 'unclaimed-test', properties, ...data }));
  cluster = await KafkaCluster.connect({ 'bootstrap.servers': kafka.direct }, { logger: createLogger() });
});
after(async () => {
  await cluster.close();
  await kafka.stop();
});

async function untilForgotten(transactionalId: string): Promise<void> {
  const coordinator = new TransactionCoordinator(cluster, transactionalId);
  for (let i = 0; (await coordinator.holder()) !== null; i++) {
    assert.ok(i < 300, `${transactionalId} is not forgotten`);
    await sleep(100);
  }
}

test('an id that was forgotten after it was claimed: nothing is written, and the next attempt claims the new one', async () => {
  const target = unusedName('unclaimed');
  const claims: Claim[] = [];
  const prepared = async (attempt: number): Promise<RestoreRun> => {
    const of = {
      ...{ name: target, archive: join(folder, 'archive'), report: join(folder, target) },
      kafka: { 'bootstrap.servers': kafka.direct },
      topics: [{ source, target }],
    };
    const run = await openRun(of, { attempt });
    const { claim, findings } = await run.preflight(claims);
    assert.deepEqual(findings, []);
    claims.splice(0, 1, await run.prepare(claim));
    return run;
  };

  let run = await prepared(1);
  const [first] = claims;
  await untilForgotten(first?.transactionalIds[0] ?? '');
  await assert.rejects(run.restore(patiently), { reason: 'ProducerUnclaimed', message: /another producer id/ });
  const written = await new TopicAdmin(cluster).endOffsets(target, [0, 1], 'leader-end');
  assert.deepEqual([...written.values()], [0, 0]);

  let outcome = '';
  for (let attempt = 2; attempt < 2 + ATTEMPTS && outcome !== 'done'; attempt++) {
    await run.close();
    run = await prepared(attempt);
    outcome = await run.restore(patiently).catch((error: unknown) => {
      if (error instanceof RekindleError && error.reason === 'ProducerUnclaimed') return error.reason;
      throw error;
    });
  }
  assert.equal(outcome, 'done');
  const ids = claims[0]?.producerIds ?? [];
  assert.ok(ids.includes(run.report.producer?.producerId ?? -1), 'written with an id that is not on record');
  assert.ok(ids.length > 1 && ids.includes(first?.producerIds[0] ?? -1), 'the one that was claimed first is forgotten');
  await run.prove(patiently.signal);
  await run.finish();
  await run.close();
  await assertFlawless(kafka.direct, [{ source, target }]);
});
