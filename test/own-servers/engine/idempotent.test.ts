// On a cluster that allows no transactional ids: the restore says so, and with delivery Idempotent it is killed at every
// step, cut off and frozen, and every record is there once. What Kafka does not prevent then, the proof finds.
import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readClaims } from '../../../src/cli/claim-file.ts';
import type { RestoreRun } from '../../../src/engine/run.ts';
import { steps, type Step, type StepName } from '../../../src/engine/steps.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { unusedName } from '../../support/kafka.ts';
import { reportOf, untilNoted } from '../../support/noted.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import type { Proxy } from '../../support/proxy.ts';
import {
  backup,
  killedRestore,
  refusedRestore,
  restore,
  startRestore,
  type RestoreArguments,
} from '../../support/rekindle.ts';
import { deleteReport } from '../../support/report-folder.ts';
import { brokerRestricting, clientGiving, denyTransactionalIds } from '../../support/sasl.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { verify } from '../../support/verify.ts';

const source = 'idempotent-source';
const RECORDS = 30_000;
/** May do everything but use a transactional id. */
const known = { user: 'without-transactions', password: 'as told to the broker' };
const properties = clientGiving(known);
/** Two checks of the broker for producers to forget, at one a second: the records are of 2019. */
const FORGOTTEN_MS = 2_500;
const TAKEN_OVER = 3;

let kafka: ProxiedKafka;
let proxy: Proxy;
let folder: string;
before(async () => {
  kafka = await startProxiedKafka({ name: 'idempotent-test', properties: brokerRestricting(known) });
  proxy = kafka.brokers[0]?.clients ?? assert.fail('there is no broker');
  await denyTransactionalIds(kafka.direct, known);
  folder = await temporaryFolder('idempotent');
  const from = `file:${join(folder, 'archive')}`;
  await writeRecords({
    bootstrap: kafka.direct,
    topic: source,
    records: RECORDS,
    partitions: 4,
    recordBytes: 300,
  });
  await backup({ from: kafka.direct, to: from, topics: [source] });
});
after(() => kafka.stop());

function idempotent(name: string, maxBytesPerSecond = 1_500_000): { args: RestoreArguments; target: string } {
  const target = unusedName(`idempotent-${name}`);
  const from = `file:${join(folder, 'archive')}`;
  const mapped = { from, topics: [`${source}=${target}`], report: join(folder, target) };
  return { target, args: { ...mapped, to: kafka.proxied, properties, delivery: 'idempotent', maxBytesPerSecond } };
}

const flawless = (target: string): Promise<number> => assertFlawless(kafka.direct, [{ source, target }]);

test('in transactions it is refused, and told what to allow or to set; nothing was written', async () => {
  const { args, target } = idempotent('refused');
  const said = await refusedRestore({ ...args, delivery: 'transactional' });
  assert.match(
    said,
    /NotAuthorized: .*Allow Describe and Write on the transactional id rekindle-.* delivery Idempotent/,
  );
  const topics = await kafkaTool('TopicCommand', ['--bootstrap-server', kafka.direct, '--list']);
  assert.ok(!topics.includes(target));
});

test('where transactional ids are allowed, they are to be used', async () => {
  const { args } = idempotent('needless');
  const said = await refusedRestore({ ...args, to: kafka.direct, properties: {} });
  assert.match(said, /InvalidConfiguration: The cluster allows the transactional id rekindle-/);
});

test('killed at every step, one after the other', async () => {
  const { args, target } = idempotent('steps', 600_000);
  const moments = steps.filter((step) => !step.startsWith('purge') && step !== 'takeover-committed');
  for (const step of moments) {
    await killedRestore({ ...args, stopAt: step === 'report-temporary-written' ? `${step}#3` : step });
  }
  await restore(args);
  await flawless(target);
  const { delivery, producer, proof } = await reportOf(args);
  assert.deepEqual([delivery, proof?.records, proof?.markers], ['Idempotent', RECORDS, 0]);
  assert.ok((producer?.producerEpoch ?? 0) >= 5, 'an epoch for each takeover, of one id');
});

test('the newest report is torn: the epoch that it alone knew of is not used again', async () => {
  const { args, target } = idempotent('torn', 500_000);
  for (let i = 0; i < 2; i++) await killedRestore({ ...args, stopAt: 'checkpointed' });
  const { epoch, producer } = await reportOf(args);
  assert.equal(producer?.producerEpoch, 1);
  await truncate(join(args.report, `report.${epoch}.json`), 100);
  // Nobody but the log knows of that epoch then.
  await sleep(FORGOTTEN_MS);
  await restore({ ...args, maxBytesPerSecond: 1e9 });
  await flawless(target);
  assert.equal((await reportOf(args)).producer?.producerEpoch, 2);
});

test('its connections are cut again and again while batches are on their way', async () => {
  const { args, target } = idempotent('cut');
  const running = startRestore(args);
  for (const share of [0.2, 0.6]) {
    await untilNoted(args, share);
    await proxy.cutAfter('toBroker', 100_000);
    await proxy.heal();
    await untilNoted(args, share + 0.1);
    await proxy.cutAfter('toClient', 1);
    await proxy.heal();
  }
  await running;
  await flawless(target);
});

test('frozen while it sends: it wakes up when another one is done, and writes nothing more', async () => {
  const { args, target } = idempotent('frozen');
  const frozen = startRestore(args);
  const ended = frozen.catch(() => undefined);
  await untilNoted(args, 0.3);
  frozen.kill('SIGSTOP');
  await restore({ ...args, maxBytesPerSecond: 1e9 });
  await sleep(FORGOTTEN_MS);
  frozen.kill('SIGCONT');
  await ended;
  assert.equal(frozen.exitCode, TAKEN_OVER);
  await flawless(target);
});

test('started from zero, what was there is purged, by its producer id', async () => {
  const { args, target } = idempotent('zero');
  await killedRestore({ ...args, stopAt: 'checkpointed' });
  const before = await reportOf(args);
  await deleteReport(args.report);
  await restore({ ...args, maxBytesPerSecond: 1e9 });
  await flawless(target);
  assert.notEqual((await reportOf(args)).producer?.producerId, before.producer?.producerId);
});

/** Kills a process on the way; @returns lets what it had sent last arrive */
async function killedWithBytesOnTheWay(args: RestoreArguments): Promise<() => void> {
  const first = startRestore(args);
  const ended = first.catch(() => undefined);
  await untilNoted(args, 0.3);
  const arrive = proxy.holdBack();
  await sleep(500);
  first.kill('SIGKILL');
  await ended;
  return arrive;
}

/** All is restored, and no broker knows the dead process any more. */
async function resumed(args: RestoreArguments, target: string, step: Step): Promise<RestoreRun> {
  const { restore: identity } = await reportOf(args);
  const of = {
    ...{ name: target, restore: identity, archive: join(folder, 'archive'), report: args.report },
    kafka: { 'bootstrap.servers': args.to, ...properties },
    topics: [{ source, target }],
    delivery: 'Idempotent' as const,
  };
  const run = await openRun(of, { attempt: 2, step });
  const { claim } = await run.preflight(await readClaims(args.report));
  await run.prepare(claim);
  assert.equal(await run.restore(patiently), 'done');
  await sleep(FORGOTTEN_MS);
  return run;
}

const late = {
  'when its successor has written all': { arrivesAt: null },
  'while it is proved, behind what is read': { arrivesAt: 'proving' },
} as const;
for (const [when, { arrivesAt }] of Object.entries(late)) {
  test(`what a process that is dead had sent arrives ${when}: the proof finds it`, async () => {
    const { args, target } = idempotent('late');
    const release = await killedWithBytesOnTheWay(args);
    let hasArrived = false;
    const arrive = async (): Promise<void> => {
      if (hasArrived) return;
      hasArrived = true;
      release();
      await sleep(1_000);
    };
    const step = async (at: StepName): Promise<void> => {
      if (at === arrivesAt) await arrive();
    };
    const run = await resumed(args, target, step);
    if (arrivesAt === null) await arrive();
    await assert.rejects(run.prove(patiently.signal), { reason: 'LedgerRepeat', message: /its records stand twice/ });
    await run.close();
  });
}

test('what a process that is dead had sent arrives after Done: `rekindle verify` finds it', async () => {
  const { args } = idempotent('too-late');
  const arrive = await killedWithBytesOnTheWay(args);
  await restore({ ...args, maxBytesPerSecond: 1e9 });
  await sleep(FORGOTTEN_MS);
  const written = { from: args.from, to: kafka.direct, report: args.report };
  assert.equal((await verify(written)).found.verify, 'equal');
  arrive();
  await sleep(1_000);
  const { exitCode, found } = await verify(written);
  assert.deepEqual([exitCode, found.verify], [1, 'different']);
});
