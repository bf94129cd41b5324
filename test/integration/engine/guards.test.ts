// While a restore runs, Kafka deletes, compacts and changes nothing of what it writes: guards see to it, on existing topics
// too if that is wanted, and afterwards a topic has the configuration that it had, to the letter.
import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunDependencies } from '../../../src/engine/run-dependencies.ts';
import type { RestoreRun } from '../../../src/engine/run.ts';
import type { Step } from '../../../src/engine/steps.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { claim } from '../../../src/model/claim.ts';
import { totals } from '../../../src/model/report.ts';
import { readReport } from '../../../src/report/reading.ts';
import { flipped } from '../../support/archive-in-s3.ts';
import { eventually } from '../../support/eventually.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { reportOf } from '../../support/noted.ts';
import { assertOthersFinished } from '../../support/partitions.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import { backup, killedRestore, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { deleteReport } from '../../support/report-folder.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const source = unusedName('guards-source');
let folder = '';
let cluster: KafkaCluster;
let admin: TopicAdmin;

before(async () => {
  folder = await temporaryFolder('guards');
  cluster = await connectToKafka();
  admin = new TopicAdmin(cluster);
  await writeRecords({ bootstrap: to, topic: source, records: 5_000, partitions: 2, recordBytes: 200 });
  await backup({ from: to, to: `file:${join(folder, 'archive')}`, topics: [source] });
});
after(() => cluster.close());

function restoreOf(name: string): { target: string; args: RestoreArguments } {
  const target = unusedName(`guards-${name}`);
  const from = `file:${join(folder, 'archive')}`;
  return { target, args: { from, to, topics: [`${source}=${target}`], report: join(folder, target) } };
}

/** What is set on the topic itself, by name. */
async function own(topic: string): Promise<Record<string, string | null>> {
  const set = [...(await admin.configs(topic))].filter(([, { source: from }]) => from === 'topic');
  return Object.fromEntries(set.map(([name, { value }]) => [name, value]));
}

/** Records of 2019 would not live long under it. */
const itsOwn = { 'retention.ms': '3600000', 'compression.type': 'gzip' };

test('an existing topic is guarded for the time of the restore, and has its own configuration afterwards', async () => {
  const { target, args } = restoreOf('existing');
  // Retention is left to the brokers: it is given back by taking the guard away.
  const configs = { 'cleanup.policy': 'compact', 'compression.type': 'gzip', 'segment.bytes': '1048576' };
  await admin.create({ name: target, partitions: 2, replicationFactor: 1, configs });
  assert.match(await refusedRestore(args), /TargetUnguarded: .*cleanup\.policy=compact.*set guardTarget/s);
  assert.deepEqual(await own(target), configs, 'nothing was changed');

  const guarded = { ...args, guardTarget: true };
  await killedRestore({ ...guarded, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
  const during = await own(target);
  assert.deepEqual(
    [during['cleanup.policy'], during['retention.ms'], during['compression.type'], during['segment.bytes']],
    ['delete', '-1', 'producer', '1048576'],
  );
  const recorded = claim.parse(JSON.parse(await readFile(join(args.report, 'claim.json'), 'utf8')));
  assert.deepEqual(recorded.topics[0]?.finalConfigs, configs, 'what it had is on record');

  assert.deepEqual((await restore(guarded)).held, []);
  assert.deepEqual(await own(target), configs);
});

test('where its own retention would delete restored records, it stays off', async () => {
  const { target, args } = restoreOf('retention');
  await admin.create({ name: target, partitions: 2, replicationFactor: 1, configs: itsOwn });
  const guarded = { ...args, guardTarget: true };
  const [held] = (await restore(guarded)).held;
  assert.match(held?.message ?? '', /its own retention \(3600000 ms, -1 bytes\) would delete/);
  await assertFlawless(to, [{ source, target }]);
  assert.deepEqual(await own(target), { ...itsOwn, 'retention.ms': '-1', 'retention.bytes': '-1' });
});

for (const [what, changed] of [
  ['all but retention is the topic’s own again', null],
  ['all but one guard is on', { 'compression.type': 'lz4' }],
] as const) {
  test(`a start from zero, when ${what}, knows what the topic had before it was guarded`, async () => {
    const { target, args } = restoreOf('from-zero');
    await admin.create({ name: target, partitions: 2, replicationFactor: 1, configs: itsOwn });
    const guarded = { ...args, guardTarget: true };
    if (changed === null) await restore(guarded);
    else {
      await killedRestore({ ...guarded, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
      await admin.alterConfigs(target, { set: changed });
    }
    await deleteReport(args.report);

    const [held] = (await restore(guarded)).held;
    assert.match(held?.message ?? '', /its own retention \(3600000 ms, -1 bytes\) would delete/);
    await assertFlawless(to, [{ source, target }]);
    await restore({ ...guarded, approve: 'RetentionHeld' });
    assert.deepEqual(await own(target), { ...itsOwn, ...changed });
  });
}

test('a topic that the restore has made is its owner’s after Done: run again, it gives back what is set by then', async () => {
  const { target, args } = restoreOf('made');
  await restore(args);
  await admin.alterConfigs(target, { set: { 'compression.type': 'lz4', 'segment.bytes': '2097152' } });
  const configured = await own(target);
  await restore(args);
  assert.deepEqual(await own(target), configured);
});

test('a restore that fails gives the configuration back, but lets nothing be compacted that is not proved', async () => {
  const [plain, compacted] = [restoreOf('failed'), restoreOf('failed-compacted')];
  const configs = { 'compression.type': 'gzip', 'retention.ms': '-1' };
  const compact = { 'cleanup.policy': 'compact', 'compression.type': 'gzip' };
  await admin.create({ name: plain.target, partitions: 2, replicationFactor: 1, configs });
  await admin.create({ name: compacted.target, partitions: 2, replicationFactor: 1, configs: compact });
  const damaged = join(folder, 'damaged');
  await cp(join(folder, 'archive'), damaged, { recursive: true });
  const segment = (await readdir(damaged, { recursive: true })).find((file) => file.endsWith('.log'));
  assert.ok(segment);
  await writeFile(join(damaged, segment), flipped(await readFile(join(damaged, segment))));

  const topics = [...plain.args.topics, ...compacted.args.topics];
  const args = { ...plain.args, topics, from: `file:${damaged}`, guardTarget: true };
  assert.match(await refusedRestore(args), /Not compacted before the restore is done: .*SegmentDamaged/s);
  assertOthersFinished(await reportOf(args), 'SegmentDamaged');
  assert.deepEqual(await own(plain.target), configs);
  const kept = await own(compacted.target);
  assert.deepEqual([kept['cleanup.policy'], kept['compression.type']], ['delete', 'producer']);

  const doubted = async (): Promise<boolean[] | undefined> =>
    (await readReport(args.report))?.topics[0]?.partitions.map((partition) => partition.doubted);
  assert.deepEqual(await doubted(), [true, true], 'what nothing keeps is read again before it is built upon');

  await cp(join(folder, 'archive'), damaged, { recursive: true });
  await restore(args);
  assert.deepEqual(await doubted(), [false, false]);
  assert.deepEqual([await own(plain.target), await own(compacted.target)], [configs, compact]);
  await assertFlawless(to, [{ source, target: plain.target }]);
});

/** A process that restores into this target. */
const open = (
  target: string,
  report: string,
  deps: Partial<RunDependencies> = {},
  limits: { bytesPerSecond?: number } = {},
): Promise<RestoreRun> =>
  openRun(
    {
      ...{ name: target, archive: join(folder, 'archive'), report, limits },
      kafka: { 'bootstrap.servers': to },
      topics: [{ source, target }],
    },
    deps,
  );

test('guards that are reverted while it restores: it stops at a checkpoint, and goes on once they are set again', async () => {
  const { target, args } = restoreOf('watched');
  const run = await open(target, args.report, { lookAtGuardsEveryMs: 200 }, { bytesPerSecond: 100_000 });
  const { claim: claimed } = await run.preflight([]);
  await run.prepare(claimed);
  const abort = new AbortController();
  const options = { signal: abort.signal, onProgress: (): void => undefined };
  const restoring = run.restore(options);
  const reverted = assert.rejects(restoring, {
    reason: 'GuardReverted',
    message: /retention\.bytes is 1000000000000, not -1/,
  });
  await eventually('a record is acknowledged', () => totals(run.report).acknowledged > 0);
  await admin.alterConfigs(target, { set: { 'retention.bytes': '1000000000000' } });
  await reverted;

  const report = await readReport(args.report);
  assert.ok(report?.hold);
  const { acknowledged, committed, records } = totals(report);
  assert.ok(acknowledged > 0 && acknowledged < records, `${acknowledged} of ${records}`);
  assert.equal(committed, acknowledged);
  await assert.rejects(run.restore(options), { reason: 'GuardReverted' }, 'asked again it holds again');
  assert.equal(totals(run.report).acknowledged, acknowledged, 'and writes nothing');

  const approved = { reason: 'GuardReverted', message: report.hold.message } as const;
  assert.equal(await run.restore({ ...options, approved }), 'done');
  await run.prove(abort.signal);
  await run.finish();
  await run.close();
  await assertFlawless(to, [{ source, target }]);
});

test('a process that is taken over as it gives the configuration back leaves the guards to its successor', async () => {
  const { target, args } = restoreOf('awoken');
  const asleep: PromiseWithResolvers<void> = Promise.withResolvers();
  const awake: PromiseWithResolvers<void> = Promise.withResolvers();
  const fallAsleep: Step = async (name) => {
    if (name !== 'restoring-configuration') return;
    asleep.resolve();
    await awake.promise;
  };
  const first = await open(target, args.report, { step: fallAsleep });
  const { claim: claimed } = await first.preflight([]);
  const recorded = await first.prepare(claimed);
  await first.restore(patiently);
  await first.prove(patiently.signal);
  const ending = first.finish();
  await asleep.promise;

  const second = await open(target, args.report);
  await second.prepare((await second.preflight([recorded])).claim);
  const guarded = await own(target);
  awake.resolve();
  await assert.rejects(ending, { reason: 'ReportTakenOver' });
  await first.close();
  assert.deepEqual(await own(target), guarded, 'the topic is the second one’s to guard');

  await second.restore(patiently);
  await second.prove(patiently.signal);
  await second.finish();
  await second.close();
  assert.notDeepEqual(await own(target), guarded);
  await assertFlawless(to, [{ source, target }]);
});

for (const when of ['as it is to be proved', 'for a while as it is proved'] as const) {
  test(`guards that are off ${when}, and on again: what they did not keep is read again before the proof`, async () => {
    const { target, args } = restoreOf('unguarded');
    let disturb = (): Promise<void> => Promise.resolve();
    const step: Step = (name) => (name === 'proving' ? disturb() : undefined);
    const run = await open(target, args.report, { step, lookAtGuardsEveryMs: 100 });
    await run.prepare((await run.preflight([])).claim);
    await run.restore(patiently);
    const epoch = run.report.producer?.producerEpoch ?? -1;
    const doubted = (): boolean[] => run.report.topics[0]?.partitions.map((partition) => partition.doubted) ?? [];

    const guarded = (await own(target))['retention.bytes'] ?? '';
    const off = (): Promise<void> => admin.alterConfigs(target, { set: { 'retention.bytes': '1000000000000' } });
    const on = (): Promise<void> => admin.alterConfigs(target, { set: { 'retention.bytes': guarded } });
    if (when === 'as it is to be proved') await off();
    else {
      disturb = async () => {
        await off();
        for (let i = 0; i < 100 && !doubted().includes(true); i++) await sleep(100);
        await on();
      };
    }
    await assert.rejects(run.prove(patiently.signal), { reason: 'GuardReverted' });
    disturb = () => Promise.resolve();
    await on();
    await run.prove(patiently.signal);
    assert.ok((run.report.producer?.producerEpoch ?? -1) > epoch, 'nobody has taken over');
    assert.deepEqual(doubted(), [false, false]);
    await run.finish();
    await run.close();
  });
}

for (const how of ['set again as was agreed', 'set by hand'] as const) {
  test(`a guard that is off until the end, so that batches are refused: it holds, and offers them again, ${how}`, async () => {
    const { target, args } = restoreOf('refused');
    const run = await open(target, args.report);
    await run.prepare((await run.preflight([])).claim);
    const refused = (): unknown[] => run.report.topics[0]?.partitions.map(({ error }) => error?.reason ?? null) ?? [];
    const limit = 'message.timestamp.before.max.ms';
    const guarded = (await own(target))[limit] ?? '';
    // Records of 2019 are refused by it; nobody looks at the guards that soon.
    await admin.alterConfigs(target, { set: { [limit]: '3600000' } });
    assert.equal(await run.restore(patiently), 'done');
    assert.deepEqual(refused(), ['BatchRefused', 'BatchRefused']);
    await assert.rejects(run.prove(patiently.signal), {
      reason: 'GuardReverted',
      message: /before\.max\.ms is 3600000/,
    });

    if (how === 'set by hand') await admin.alterConfigs(target, { set: { [limit]: guarded } });
    else {
      const approved = { reason: 'GuardReverted', message: run.report.hold?.message ?? '' } as const;
      assert.equal(await run.restore({ ...patiently, approved }), 'done');
      assert.deepEqual(refused(), [null, null]);
    }
    await run.prove(patiently.signal);
    await run.finish();
    await run.close();
    await assertFlawless(to, [{ source, target }]);
  });
}

test('guards that were off while it was stopped: what it had restored is read again before more is written', async () => {
  const { target, args } = restoreOf('stopped');
  const run = await open(target, args.report, {}, { bytesPerSecond: 100_000 });
  await run.prepare((await run.preflight([])).claim);
  const stop = new AbortController();
  const restoring = run.restore({ ...patiently, signal: stop.signal });
  await eventually('a record is acknowledged', () => totals(run.report).acknowledged > 0);
  stop.abort();
  assert.equal(await restoring, 'more');
  const epoch = run.report.producer?.producerEpoch ?? -1;

  await admin.alterConfigs(target, { set: { 'retention.bytes': '1000000000000' } });
  await assert.rejects(run.prove(patiently.signal), { reason: 'GuardReverted' });
  await admin.alterConfigs(target, { set: { 'retention.bytes': '-1' } });
  assert.equal(await run.restore(patiently), 'done');
  assert.ok((run.report.producer?.producerEpoch ?? -1) > epoch, 'nobody has taken over');
  await run.prove(patiently.signal);
  await run.finish();
  await run.close();
  await assertFlawless(to, [{ source, target }]);
});

/** Nothing is deleted, and nothing compacted while a test runs: the records are years old. */
const lasting = { 'retention.ms': '-1', 'min.compaction.lag.ms': '3155760000000' };

/** An existing topic that keeps what is restored to it, and is not to be guarded. */
async function existing(name: string): Promise<ReturnType<typeof restoreOf>> {
  const into = restoreOf(name);
  await admin.create({ name: into.target, partitions: 2, replicationFactor: 1, configs: lasting });
  return into;
}
const compact = (target: string): Promise<void> => admin.alterConfigs(target, { set: { 'cleanup.policy': 'compact' } });
const keep = (target: string): Promise<void> => admin.alterConfigs(target, { delete: ['cleanup.policy'] });

test('retention that is set while it restores where nothing is guarded: it stops, agreed to or not, until it is off', async () => {
  const { target, args } = await existing('left-alone');
  const run = await open(target, args.report, { lookAtGuardsEveryMs: 200 }, { bytesPerSecond: 100_000 });
  await run.prepare((await run.preflight([])).claim);
  const reverted = { reason: 'GuardReverted', message: /retention\.bytes=1 is less than/ } as const;
  const restoring = assert.rejects(run.restore(patiently), reverted);
  await eventually('a record is acknowledged', () => totals(run.report).acknowledged > 0);
  // A compacted topic would refuse records without keys; and of one segment nothing is deleted for its size.
  await admin.alterConfigs(target, { set: { 'retention.bytes': '1' } });
  await restoring;

  const { acknowledged } = totals(run.report);
  const epoch = run.report.producer?.producerEpoch ?? -1;
  const approved = { reason: 'GuardReverted', message: run.report.hold?.message ?? '' } as const;
  await assert.rejects(run.restore({ ...patiently, approved }), reverted);
  assert.equal((await own(target))['retention.bytes'], '1', 'nothing is set on it');
  assert.equal(totals(run.report).acknowledged, acknowledged, 'nor written to it');

  await admin.alterConfigs(target, { delete: ['retention.bytes'] });
  assert.equal(await run.restore(patiently), 'done');
  assert.ok((run.report.producer?.producerEpoch ?? -1) > epoch, 'nobody has taken over');
  await run.prove(patiently.signal);
  await run.finish();
  await run.close();
  assert.deepEqual(await own(target), lasting);
  await assertFlawless(to, [{ source, target }]);
});

test('compaction that is set before the proof where nothing is guarded: what it may have taken is read again', async () => {
  const { target, args } = await existing('left-alone-proof');
  const run = await open(target, args.report);
  await run.prepare((await run.preflight([])).claim);
  assert.equal(await run.restore(patiently), 'done');
  const epoch = run.report.producer?.producerEpoch ?? -1;
  await compact(target);
  await assert.rejects(run.prove(patiently.signal), { reason: 'GuardReverted' });
  await keep(target);
  await run.prove(patiently.signal);
  assert.ok((run.report.producer?.producerEpoch ?? -1) > epoch, 'nobody has taken over');
  await run.finish();
  await run.close();
  await assertFlawless(to, [{ source, target }]);
});

test('compaction that is set between two attempts where nothing is guarded: the second one holds, or guards', async () => {
  const { target, args } = await existing('left-alone-stopped');
  await killedRestore({ ...args, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
  await compact(target);
  assert.match(await refusedRestore(args), /GuardReverted: .*cleanup\.policy=compact would remove records/s);
  const begun = (await readReport(args.report))?.topics[0];
  assert.ok(begun?.partitions.every(({ doubted }) => doubted));

  await restore({ ...args, guardTarget: true });
  assert.deepEqual(await own(target), { ...lasting, 'cleanup.policy': 'compact' });
});
