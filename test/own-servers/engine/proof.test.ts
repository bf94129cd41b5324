// Done is said only after it was proved: what the target has lost, what stands there twice and, by reading back, every
// byte that changed is found by name, whatever happened between the last acknowledgement and the end of the proof.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Archive } from '../../../src/archive/reader.ts';
import type { RestoreRun } from '../../../src/engine/run.ts';
import type { Step } from '../../../src/engine/steps.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { stamp } from '../../../src/kafka/record-batch.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import type { ProofKind } from '../../../src/model/order.ts';
import type { ProofRecord } from '../../../src/model/report.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { batchesInLog } from '../../support/broker-logs.ts';
import { DamagedLog, type Loss } from '../../support/damaged-log.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { unusedName } from '../../support/kafka.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import { startProxiedKafka, type ProxiedBroker, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import { backup, killedRestore, restore } from '../../support/rekindle.ts';
import { loadTopics, writeRecords } from '../../support/topics.ts';
import { batchesOf, type ArchivedBatch } from '../../support/archived-records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const RECORDS = 6_000;
const logger = createLogger();
/** All codecs in three partitions; and one record in the second of three. */
const sources = ['proof-records', 'proof-sparse'] as const;
const archived: ArchivedBatch[] = [];
let kafka: ProxiedKafka;
let broker: ProxiedBroker;
let folder = '';
let archive = '';

before(async () => {
  kafka = await startProxiedKafka({ name: 'proof-test' });
  [broker] = kafka.brokers as [ProxiedBroker];
  folder = await temporaryFolder('proof');
  archive = join(folder, 'archive');
  const [topic, sparse] = sources;
  const bootstrap = kafka.direct;
  await writeRecords({ bootstrap, topic, records: RECORDS, partitions: 3, recordBytes: 300, batchBytes: 8_192 });
  await append(sparse, 1, 1);
  await backup({ from: bootstrap, to: `file:${archive}`, topics: sources });
  const opened = await Archive.open(new FileStorage(archive));
  for (const source of sources) archived.push(...(await batchesOf(opened, await opened.topic(source))));
});
after(() => kafka.stop());

/** Records of somebody else. */
async function append(topic: string, partition: number, records: number): Promise<void> {
  const record = { topic, partition, timestamp: 1, key: null, value: 'eA==', headers: [] };
  await loadTopics({ bootstrap: kafka.direct, partitions: 3 }, new Array<typeof record>(records).fill(record));
}

/** Both topics into targets of their own. */
const mappingTo = (target: string): { source: string; target: string }[] =>
  sources.map((source) => ({ source, target: `${target}-${source}` }));

interface Unproved {
  readonly run: RestoreRun;
  readonly target: string;
}

/** A restore in this process, everything in the target and committed, and yet to be proved. @returns the first target */
async function unproved(
  kind: ProofKind,
  { step, inParts = false, ids = [] }: { step?: Step; inParts?: boolean; ids?: readonly number[] } = {},
): Promise<Unproved> {
  const name = unusedName(kind.toLowerCase());
  const of = {
    ...{ name, archive, report: join(folder, name), topics: mappingTo(name), proof: kind },
    kafka: { 'bootstrap.servers': kafka.proxied },
    limits: inParts ? { bytesPerSecond: 200_000 } : {},
  };
  const run = await openRun(of, { step });
  const { findings, claim } = await run.preflight([]);
  assert.deepEqual(findings, []);
  await run.prepare({ ...claim, producerIds: [...claim.producerIds, ...ids] });
  // Each call ends with a commit: the first partitions are in more than one transaction then.
  const isBegun = (): boolean => run.report.topics[0]?.partitions.every(({ committed }) => committed > 0) === true;
  while (inParts && !isBegun()) {
    assert.equal(await run.restore({ ...patiently, until: Date.now() + 1_000 }), 'more');
  }
  assert.equal(await run.restore(patiently), 'done');
  return { run, target: `${name}-${sources[0]}` };
}

const kinds = ['Ledger', 'ReadBack'] as const;

/** One for each kind of proof: what befalls the broker befalls both. */
const unprovedOfEach = (): Promise<(Unproved & { kind: ProofKind })[]> =>
  Promise.all(kinds.map(async (kind) => ({ kind, ...(await unproved(kind)) })));

const prove = (run: RestoreRun): Promise<ProofRecord> => run.prove(new AbortController().signal);

/** The first topic and its target. */
function pairOf(run: RestoreRun): { source: string; target: string } {
  const [planned] = run.report.plan;
  assert.ok(planned);
  return planned;
}

const epochOf = ({ report }: RestoreRun): number => report.producer?.producerEpoch ?? -1;

/** Asks again for as long as the broker is away. */
async function provePatiently(run: RestoreRun): Promise<ProofRecord> {
  for (;;) {
    try {
      return await prove(run);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaUnreachable') throw error;
    }
  }
}

const logOf = (target: string, partition: number): DamagedLog => new DamagedLog(broker.logs, target, partition);

/** The broker comes back without the end of a log of each target. */
async function lose(loss: Loss, targets: readonly Unproved[], partition: number): Promise<void> {
  await broker.process.stop();
  for (const { target } of targets) await logOf(target, partition).lose(loss);
  await broker.process.start();
  await broker.process.untilReady();
}

/** Writes the first batch of partition 0 again, as a restore that has gone wrong would. */
async function repeatFirstBatch(cluster: KafkaCluster, target: string, uid: string): Promise<void> {
  const coordinator = new TransactionCoordinator(cluster, `rekindle-${uid}`);
  const producer = await coordinator.initProducerId(60_000);
  await coordinator.addPartitions(producer, [{ topic: target, partitions: [0] }]);
  const batch = Buffer.from(archived[0]?.bytes ?? []);
  stamp(batch, { ...producer, baseSequence: 0 });
  const connection = await cluster.openConnection(1);
  const { transactionalId } = coordinator;
  const topics = [{ topic: target, partitions: [{ partition: 0, batch }] }];
  while ((await connection.produce({ transactionalId, topics }))[0]?.errorCode !== 0) await sleep(20);
  await coordinator.commit(producer);
}

async function withCluster(work: (cluster: KafkaCluster) => Promise<unknown>): Promise<void> {
  const cluster = await KafkaCluster.connect({ 'bootstrap.servers': kafka.direct }, { logger });
  await work(cluster).finally(() => cluster.close());
}

test('read back: every batch of every partition, also of empty ones and between records of others', async () => {
  const name = unusedName('whole');
  const pairs = mappingTo(name);
  const [from, to, report] = [`file:${archive}`, kafka.direct, join(folder, name)];
  const topics = pairs.map(({ source, target }) => `${source}=${target}`);
  const args = { from, to, report, topics, proof: 'read-back' } as const;
  await killedRestore({ ...args, stopAt: 'committed', maxBytesPerSecond: 300_000 });
  for (const partition of [0, 2]) await append(`${name}-${sources[0]}`, partition, 3);
  await killedRestore({ ...args, stopAt: 'proving#2' });
  const { proof } = await restore(args);
  assert.ok(proof);
  assert.ok(proof.markers > 0);
  assert.deepEqual(
    { ...proof, at: '', runs: 0, markers: 0 },
    {
      ...{ at: '', kind: 'ReadBack', runs: 0, markers: 0 },
      records: RECORDS + 1,
      foreign: 6,
      batches: archived.length,
      bytes: archived.reduce((sum, { bytes }) => sum + bytes.length, 0),
    },
  );
  // An independent reader would find the others' records where there are some.
  await assertFlawless(kafka.direct, pairs.slice(1));
});

test('the end of a log is lost before the proof', async () => {
  const each = await unprovedOfEach();
  await lose('its last batch of ours and what is behind it', each, 1);
  for (const { run } of each) {
    // A coordinator that had not noted yet that the transaction was over ends it again: its marker stands at the cut then.
    const message = /-records\/1: (the log ends at|offset \d+ does not hold)/;
    await assert.rejects(provePatiently(run), { reason: 'TargetTruncated', message });
    await run.close();
  }
});

test('the end of a log is lost, and others write over it, after it was read', async () => {
  const each = await unprovedOfEach();
  for (const { kind, run } of each) assert.equal((await prove(run)).records, RECORDS + 1, kind);
  await lose('its last batch of ours and what is behind it', each, 1);
  for (const { target } of each) await append(target, 1, 500);
  for (const { run } of each) {
    const message = /-records\/1: offset \d+ does not/;
    await assert.rejects(provePatiently(run), { reason: 'TargetTruncated', message });
    await run.close();
  }
});

test('a batch is lost before the end of a log', async () => {
  const expected = {
    Ledger: { reason: 'TargetTruncated', message: /-records\/1: offset \d+ does not/ },
    ReadBack: { reason: 'LedgerHole', message: /-records\/1: records \d+ to \d+ .* must stand at offset/ },
  };
  const each = await unprovedOfEach();
  await lose('its last batch of ours', each, 1);
  for (const { kind, run } of each) {
    await assert.rejects(provePatiently(run), expected[kind]);
    await run.close();
  }
});

test('the end of the last transaction is lost: it is ended again, then proved', async () => {
  const each = await unprovedOfEach();
  const before = each.map(({ run }) => epochOf(run));
  await lose('what is behind its last batch of ours', each, 1);
  for (const [i, { kind, run }] of each.entries()) {
    await provePatiently(run);
    assert.ok(epochOf(run) > (before[i] ?? 0), `${kind}: nobody has taken over`);
    await assertFlawless(kafka.direct, [pairOf(run)]);
    await run.close();
  }
});

for (const kind of kinds) {
  test(`${kind}: a transaction in the middle of a log was aborted`, async () => {
    const { run, target } = await unproved(kind, { inParts: true });
    const marker = await logOf(target, 1).abortFirst();
    const message = new RegExp(`-records/1: the marker at offset ${marker} aborts`);
    await assert.rejects(provePatiently(run), { reason: 'TargetTruncated', message });
    await run.close();
  });

  test(`${kind}: what ended the transaction of an earlier producer of ours is lost in the middle of a log`, async () => {
    const earlier = 424_242;
    const { run, target } = await unproved(kind, { inParts: true, ids: [earlier] });
    const offset = await logOf(target, 1).firstOfAnother(earlier);
    const message = new RegExp(`-records/1: nothing ends the transaction of the batch at offset ${offset}`);
    await assert.rejects(provePatiently(run), { reason: 'TargetTruncated', message });
    await run.close();
  });

  test(`${kind}: records are deleted before they are proved`, async () => {
    const { run, target } = await unproved(kind);
    await withCluster((cluster) => new TopicAdmin(cluster).deleteRecords(target, new Map([[2, 300]])));
    await assert.rejects(prove(run), { reason: 'TargetTruncated', message: /-records\/2: .*the log begins at 300/ });
    await run.close();
  });

  test(`${kind}: a batch of ours is there once more`, async () => {
    const { run, target } = await unproved(kind);
    await withCluster((cluster) => repeatFirstBatch(cluster, target, run.report.restore.uid));
    await assert.rejects(prove(run), { reason: 'LedgerRepeat', message: /-records\/0: .*stand twice/ });
    await run.close();
  });

  test(`${kind}: the last batch of a partition is damaged`, async () => {
    const { run, target } = await unproved(kind);
    const { baseOffset } = await logOf(target, 0).damage(-1);
    const message = new RegExp(`-records/0: the batch at offset ${baseOffset} .* on broker 1: its checksum does not`);
    await assert.rejects(prove(run), { reason: 'TargetDamaged', message });
    await run.close();
  });
}

test('the end of the last transaction is lost, and somebody aborts it: the partition begins again', async () => {
  const stop = new AbortController();
  const interrupted = await unproved('Ledger', { step: (step) => (step === 'purged' ? stop.abort() : undefined) });
  const each = [await unproved('Ledger'), interrupted];
  await lose('what is behind its last batch of ours', each, 1);
  for (const { run, target } of each) {
    const [first] = (await batchesInLog(broker.logs, target, 1)).filter(({ transactional }) => transactional);
    const at = ['--topic', target, '--partition', '1', '--start-offset', `${first?.baseOffset}`];
    await kafkaTool('TransactionsCommand', ['--bootstrap-server', kafka.direct, 'abort', ...at]);
    if (run === interrupted.run) await assert.rejects(run.prove(stop.signal), { name: 'AbortError' });
    await provePatiently(run);
    const begun = run.report.topics[0]?.partitions.map(({ start }) => start);
    assert.ok((begun?.[1] ?? 0) > (begun?.[0] ?? 0), 'it began where it had begun before');
    await assertFlawless(kafka.direct, [pairOf(run)]);
    await run.close();
  }
});

test('a batch in the middle is damaged: the ledger cannot know, reading back says where', async () => {
  const ledger = await unproved('Ledger');
  await logOf(ledger.target, 2).damage(5);
  assert.equal((await prove(ledger.run)).kind, 'Ledger');
  await ledger.run.close();

  const readBack = await unproved('ReadBack');
  const { baseOffset } = await logOf(readBack.target, 2).damage(5);
  const message = new RegExp(`-records/2: the batch at offset ${baseOffset} `);
  await assert.rejects(prove(readBack.run), { reason: 'TargetDamaged', message });
  await readBack.run.close();
});

test('a proof that is told to stop, or loses its connections, goes on where it was', async () => {
  let disturb = (): void => undefined;
  const { run } = await unproved('ReadBack', {
    step: (step) => (step === 'proving' ? disturb() : undefined),
  });
  const stop = new AbortController();
  disturb = () => stop.abort();
  await assert.rejects(run.prove(stop.signal), { name: 'AbortError' });
  disturb = () => broker.clients.cut();
  await assert.rejects(prove(run), { reason: 'KafkaUnreachable' });
  disturb = () => undefined;
  const proof = await provePatiently(run);
  assert.equal(proof.records, RECORDS + 1);
  assert.equal(proof.batches, archived.length);
  await run.close();
});

/** Once some of a log was read, nothing more comes for so long. */
async function stallReading(ms: number): Promise<void> {
  const { clients } = broker;
  const before = clients.bytes('toClient');
  while (clients.bytes('toClient') - before < 50_000) await sleep(1);
  clients.stall('toClient');
  await sleep(ms);
  clients.flow('toClient');
}

test('what is doubted is read again however long that takes, though the connection was lost before', async () => {
  let disturb: Step = () => undefined;
  const { run, target } = await unproved('Ledger', { step: (name) => disturb(name) });
  const set = (value: string): Promise<unknown> =>
    withCluster((cluster) => new TopicAdmin(cluster).alterConfigs(target, { set: { 'retention.bytes': value } }));
  await set('1000000000000');
  await assert.rejects(prove(run), { reason: 'GuardReverted' });
  await set('-1');

  let takeovers = 0;
  disturb = (name) => {
    if (name !== 'takeover-fenced') return;
    takeovers += 1;
    if (takeovers === 1) void broker.clients.cutAfter('toClient', 100_000);
    else void stallReading(7_000);
  };
  assert.equal((await prove(run)).records, RECORDS + 1);
  assert.equal(takeovers, 2);
  await run.close();
});
