// On a cluster that allows no transactional ids a Restore says what to allow, or to set; with delivery Idempotent it comes to
// its end though its Job is deleted, and its status says what it cannot promise.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { e2eDataset, eventHubObject, type Dataset } from '../support/e2e-data.ts';
import { assertFlawless } from '../support/flawless.ts';
import { kafkaTool } from '../support/java.ts';
import { unusedName } from '../support/kafka.ts';
import { startPodsKafka, type PodsKafka } from '../support/pods-kafka.ts';
import { apply, forget, jobOf, k, restoreObject, until, untilDone, untilRestored } from '../support/restores.ts';
import { brokerRestricting, clientGiving, denyTransactionalIds } from '../support/sasl.ts';

const user = { user: 'without-transactions', password: 'as told to the broker' };

let kafka: PodsKafka;
let data: Dataset;
before(async () => {
  kafka = await startPodsKafka('e2e-idempotent', brokerRestricting(user));
  await denyTransactionalIds(kafka.host, user);
  data = await e2eDataset({ records: 8_000, packages: 500, bootstrap: kafka.host });
});
after(() => kafka.stop());

test('refused in transactions; idempotent it goes on from the report, and says what it promises', async () => {
  const name = unusedName('idempotent');
  const topics = [{ source: data.records, target: `${name}-records` }];
  await apply(eventHubObject(name, kafka.pods, clientGiving(user)));
  await apply(restoreObject({ name, sink: name, source: data.archive, topics, maxBytesPerSecond: 80_000 }));
  const refused = await until(name, 'refused', ({ status }) => {
    const why = status.conditions.find(({ type }) => type === 'Progressing');
    return why?.reason === 'NotAuthorized' && /transactional id rekindle-.*delivery Idempotent/.test(why.message);
  });
  const there = await kafkaTool('TopicCommand', ['--bootstrap-server', kafka.host, '--list']);
  assert.ok(!there.includes(`${name}-records`), 'the target was made');

  await k('patch', 'restore', name, '--type=merge', '-p', '{"spec":{"config":{"delivery":"Idempotent"}}}');
  await k('delete', 'job', jobOf(refused));
  const { status: before } = await until(name, 'restoring', ({ status }) => status.phase === 'Restoring');
  await k('delete', 'job', jobOf(await untilRestored(name, 0.4)));
  const { status } = await untilDone(name);
  assert.equal(status.attempt, (before.attempt ?? 0) + 1);
  assert.ok((status.resumedFrom ?? 0) >= 0.4 * 8_000, `resumed from ${status.resumedFrom ?? 0}`);
  const promise = status.conditions.find(({ type }) => type === 'IdempotentDelivery');
  assert.deepEqual([promise?.status, promise?.reason], ['True', 'NoTransactionalIds']);
  await assertFlawless(kafka.host, topics);
  await forget(name);
});
