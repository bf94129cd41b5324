// What only a person can decide is asked in words, by the restore's name for it, before anything is done; it is done when
// a person agrees, and not asked any more when the world was put right.
import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readClaims } from '../../../src/cli/claim-file.ts';
import { ownConfigs } from '../../../src/engine/guards.ts';
import type { RestoreRun } from '../../../src/engine/run.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { readReport } from '../../../src/report/reading.ts';
import { eventually } from '../../support/eventually.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { writeForeign } from '../../support/foreign.ts';
import { kafkaTool } from '../../support/java.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { reportOf, untilNoted } from '../../support/noted.ts';
import { openRun } from '../../support/open-run.ts';
import { backup, killedRestore, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { compareTopics, writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const PARTITIONS = [0, 1];
const source = unusedName('holds-source');
let folder = '';
let from = '';
let cluster: KafkaCluster;
let admin: TopicAdmin;

before(async () => {
  folder = await temporaryFolder('holds');
  from = `file:${join(folder, 'archive')}`;
  cluster = await connectToKafka();
  admin = new TopicAdmin(cluster);
  await write(source, 5_000);
  await backup({ from: to, to: from, topics: [source] });
});
after(() => cluster.close());

async function write(topic: string, records: number, seed = 1): Promise<void> {
  await writeRecords({ bootstrap: to, topic, records, partitions: PARTITIONS.length, recordBytes: 200, seed });
}

/** A restore of the data set, or of a topic of its own, into a topic of its own. */
function restoreOf(name: string, topic = source, archive = from): { target: string; args: RestoreArguments } {
  const target = unusedName(`holds-${name}`);
  return { target, args: { from: archive, to, topics: [`${topic}=${target}`], report: join(folder, target) } };
}

/** One that is killed in the middle. */
async function begun(name: string): Promise<{ target: string; args: RestoreArguments }> {
  const { target, args } = restoreOf(name);
  await killedRestore({ ...args, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
  return { target, args };
}

/** The next attempt, in this process. */
async function openHere(target: string, args: RestoreArguments, onlyPutBack = false): Promise<RestoreRun> {
  const of = {
    ...{ name: target, restore: (await reportOf(args)).restore, archive: join(folder, 'archive'), report: args.report },
    kafka: { 'bootstrap.servers': to },
    topics: [{ source, target }],
  };
  return await openRun(of, { attempt: 2, onlyPutBack });
}

const topicCommand = (...args: string[]): Promise<string> =>
  kafkaTool('TopicCommand', ['--bootstrap-server', to, ...args]);
async function deleteTopic(topic: string): Promise<void> {
  await topicCommand('--delete', '--topic', topic);
  await eventually(`topic ${topic} is gone`, async () => !(await admin.describe([topic])).has(topic));
}
const ends = (topic: string): Promise<Map<number, number>> => admin.endOffsets(topic, PARTITIONS, 'leader-end');
/** What is set on the topic itself. */
const own = async (topic: string): Promise<Record<string, string>> => ownConfigs(await admin.configs(topic));
const config = async (topic: string, name: string): Promise<unknown> => (await admin.configs(topic)).get(name)?.value;

test('TargetInUse: what is new comes behind the records of others only if a person agrees', async () => {
  const [ownSource, archive] = [unusedName('holds-grown'), `file:${join(folder, 'grown')}`];
  const { target, args } = restoreOf('in-use', ownSource, archive);
  await write(ownSource, 1_000);
  await backup({ from: to, to: archive, topics: [ownSource] });
  await restore(args);
  await writeForeign(to, { topic: target, partition: 1 });
  assert.equal((await restore(args)).restore, 'done', 'nothing is to be written, so nobody is asked');

  await write(ownSource, 1_000, 2);
  await backup({ from: to, to: archive, topics: [ownSource] });
  const untouched = await ends(target);
  for (const attempt of [1, 2]) {
    const words = await refusedRestore(args);
    assert.match(words, /TargetInUse: Topic .* is in use.*partition 1 from offset \d+ on/s, `attempt ${attempt}`);
    assert.match(words, /written behind those records: run it again with --approve TargetInUse/);
  }
  assert.deepEqual(await ends(target), untouched, 'nothing was written');

  assert.equal((await restore({ ...args, approve: 'TargetInUse' })).resumedFrom, 1_000);
  const { pairs, ...flaws } = await compareTopics({ bootstrap: to, pairs: [{ source: ownSource, target }] });
  const flawless = { missing: 0, duplicates: 0, outOfOrder: 0, different: 0, records: 2_000 };
  assert.deepEqual(flaws, { ...flawless, foreign: 1 }, JSON.stringify(pairs));
});

test('TargetReplaced: begins from zero in the topic that is there now, which must be empty', async () => {
  const { target, args } = await begun('replaced');
  await deleteTopic(target);
  assert.match(await refusedRestore(args), /TargetReplaced: Topic .* was deleted since the restore began/);

  await topicCommand('--create', '--topic', target, '--partitions', '2', '--config', 'retention.ms=-1');
  await writeForeign(to, { topic: target, partition: 0 });
  assert.match(await refusedRestore(args), /TargetReplaced: Topic .* was deleted and created again/);
  const approved = { ...args, approve: 'TargetReplaced' };
  assert.match(await refusedRestore(approved), /TargetNotEmpty/);
  assert.equal((await ends(target)).get(0), 1, 'nothing was written');

  await admin.deleteRecords(target, new Map([[0, -1]]));
  await restore(approved);
  await assertFlawless(to, [{ source, target }]);
});

test('TargetReplaced after it was looked at: agreed to, another attempt begins anew', async () => {
  const { target, args } = await begun('replaced-late');
  const run = await openHere(target, args);
  const { claim } = await run.preflight(await readClaims(args.report));
  await deleteTopic(target);
  await topicCommand('--create', '--topic', target, '--partitions', '2', '--config', 'retention.ms=-1');
  await assert.rejects(run.prepare(claim), { reason: 'TargetReplaced' });
  const approval = { reason: 'TargetReplaced', message: '' } as const;
  await assert.rejects(run.prepare(claim, approval), { reason: 'TargetUnclaimed', message: /The next attempt begins/ });
  await run.close('TargetUnclaimed');

  await restore({ ...args, approve: 'TargetReplaced' });
  await assertFlawless(to, [{ source, target }]);
});

for (const made of [false, true]) {
  test(`TargetReplaced while it is at work: the topic is deleted${made ? ' and created again' : ''}`, async () => {
    const { target, args } = restoreOf('replaced-at-work');
    const said = refusedRestore({ ...args, maxBytesPerSecond: 50_000 });
    await untilNoted(args, 0.1);
    await deleteTopic(target);
    if (made) await topicCommand('--create', '--topic', target, '--partitions', '2', '--config', 'retention.ms=-1');
    assert.match(await said, /TargetReplaced: Topic .* was deleted (since|and created again)/);
  });
}

test('TargetTruncated: what this restore wrote is deleted and it begins from zero', async () => {
  const { target, args } = await begun('truncated');
  await admin.deleteRecords(target, new Map([[1, -1]]));
  // However often it is looked at.
  for (let looks = 0; looks < 2; looks++) {
    assert.match(await refusedRestore(args), /TargetTruncated: .*\/1: .*begins from zero: run it again/s);
  }
  await restore({ ...args, approve: 'TargetTruncated' });
  await assertFlawless(to, [{ source, target }]);
  assert.equal((await readReport(args.report))?.hold, null);
});

/** Retention that is not what was set, but deletes nothing while a test runs. */
const longTime = '9000000000000';

test('ClaimMissing: nothing knows what a guarded topic had before, and guards are not taken for it', async () => {
  const { target, args: unguarded } = restoreOf('claim');
  const args = { ...unguarded, guardTarget: true };
  const configs = { 'compression.type': 'gzip', 'segment.bytes': '1048576', 'retention.ms': longTime };
  await admin.create({ name: target, partitions: 2, replicationFactor: 1, configs });
  await killedRestore({ ...args, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
  await rm(join(args.report, 'claim.json'));
  const untouched = await ends(target);
  const words = /ClaimMissing: The claim of topic .* is gone.* set .*retention\.ms=-1.*--approve ClaimMissing/s;
  for (let looks = 0; looks < 2; looks++) assert.match(await refusedRestore(args), words);
  assert.deepEqual(await ends(target), untouched, 'nothing was written');

  await restore({ ...args, approve: 'ClaimMissing' });
  await assertFlawless(to, [{ source, target }]);
  // The brokers' own retention would delete records of 2019.
  const held = { 'retention.ms': '-1', 'retention.bytes': '-1' };
  assert.deepEqual(await own(target), { ...held, 'segment.bytes': '1048576' });
});

/** A restore of records of 2019 into a topic that keeps records for an hour, so that a guard stays on after Done. */
async function intoOneOfAnHour(
  name: string,
): Promise<{ ownSource: string; archive: string; target: string; args: RestoreArguments }> {
  const [ownSource, archive] = [unusedName(`holds-${name}`), `file:${join(folder, name)}`];
  const { target, args } = restoreOf(name, ownSource, archive);
  await write(ownSource, 1_000);
  await backup({ from: to, to: archive, topics: [ownSource] });
  const configs = { 'retention.ms': '3600000' };
  await admin.create({ name: target, partitions: 2, replicationFactor: 1, configs });
  return { ownSource, archive, target, args: { ...args, guardTarget: true } };
}

test('ClaimMissing, and TargetInUse behind it: each is agreed to once', async () => {
  const { ownSource, archive, target, args } = await intoOneOfAnHour('both');
  assert.equal((await restore(args)).held.length, 1, 'a guard is still on');
  await rm(join(args.report, 'claim.json'));
  await writeForeign(to, { topic: target, partition: 1 });
  await write(ownSource, 1_000, 2);
  await backup({ from: to, to: archive, topics: [ownSource] });

  assert.match(await refusedRestore(args), /ClaimMissing: /);
  for (const agreed of [{ approve: 'ClaimMissing' }, {}]) {
    assert.match(await refusedRestore({ ...args, ...agreed }), /TargetInUse: /);
  }
  assert.equal((await restore({ ...args, approve: 'TargetInUse' })).resumedFrom, 1_000);
  assert.deepEqual((await reportOf(args)).agreed, [], 'it was acted on');
});

for (const how of ['agreed to', 'brought back'] as const) {
  test(`ClaimMissing: a topic that the restore has made gets what the archive says; ${how}`, async () => {
    const { target, args } = await begun('claim-made');
    const [claim, away] = [join(args.report, 'claim.json'), `${args.report}-claim.json`];
    await rename(claim, away);
    assert.match(await refusedRestore(args), /ClaimMissing: .*one that the restore has made/s);
    if (how === 'brought back') await rename(away, claim);
    await restore(how === 'brought back' ? args : { ...args, approve: 'ClaimMissing' });
    await assertFlawless(to, [{ source, target }]);
    assert.deepEqual(await own(target), await own(source));
    const { topics, hold } = await reportOf(args);
    assert.deepEqual([topics[0]?.guards, hold], [{}, null]);
    assert.equal((await readClaims(args.report))[0]?.topics[0]?.createdByUs, true);
  });
}

test('GuardReverted: found when the restore goes on, and over when the values are back', async () => {
  const { target, args } = await begun('guards');
  await admin.alterConfigs(target, { set: { 'retention.ms': longTime } });
  assert.match(
    await refusedRestore(args),
    /GuardReverted: Topic .*: retention\.ms is 9000000000000, not -1\..*strimzi\.io\/managed=false.*--approve GuardReverted/s,
  );
  assert.equal(await config(target, 'retention.ms'), longTime, 'it is not set again without agreement');
  await admin.alterConfigs(target, { set: { 'retention.ms': '-1' } });
  await restore(args);
  await assertFlawless(to, [{ source, target }]);
});

test('GuardReverted: the values are set again once a person agrees, and put back in the end', async () => {
  const { target, args: unguarded } = restoreOf('guards-again');
  const args = { ...unguarded, guardTarget: true };
  // Neither what the brokers have, nor what a guard is, nor what somebody sets meanwhile.
  const configs = { 'compression.type': 'lz4', 'retention.ms': longTime };
  await admin.create({ name: target, partitions: 2, replicationFactor: 1, configs });
  await killedRestore({ ...args, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
  await admin.alterConfigs(target, { set: { 'compression.type': 'gzip' }, delete: ['retention.bytes'] });
  assert.match(await refusedRestore(args), /GuardReverted: .*compression\.type is gzip, not producer/);
  await restore({ ...args, approve: 'GuardReverted' });
  await assertFlawless(to, [{ source, target }]);
  assert.deepEqual(await own(target), configs);
});

test('GuardReverted: records that were deleted while nothing kept them are missed, though the last one is there', async () => {
  const { target, args } = await begun('guards-late');
  await admin.alterConfigs(target, { set: { 'retention.ms': longTime } });
  assert.match(await refusedRestore(args), /GuardReverted/);
  await admin.deleteRecords(target, new Map([[0, 10]])); // as retention does: the oldest ones
  await admin.alterConfigs(target, { set: { 'retention.ms': '-1' } });
  for (let looks = 0; looks < 2; looks++) {
    assert.match(await refusedRestore(args), /TargetTruncated: .*\/0: offset 0 is not in the log any more/);
  }
});

test('RetentionHeld: retention is given back when a person agrees, and nothing else is done then', async () => {
  const { target, args } = await intoOneOfAnHour('retained');
  const [held] = (await restore(args)).held;
  assert.match(held?.message ?? '', /keeps retention\.ms=-1.*3600000 ms/);
  assert.equal(await config(target, 'retention.ms'), '-1');
  const [untouched, proved] = [await ends(target), (await readReport(args.report))?.proof];

  // It would be done without the archive, too.
  await rename(join(folder, 'retained'), join(folder, 'away'));
  const withdrawn = await openHere(target, args, true);
  const { held: stillHeld } = await withdrawn.finish({ claims: await readClaims(args.report) });
  await withdrawn.close();
  assert.deepEqual([stillHeld.length, await config(target, 'retention.ms')], [1, '-1'], 'the agreement was taken back');

  const [claim, elsewhere] = [join(args.report, 'claim.json'), `${args.report}-claim.json`];
  await rename(claim, elsewhere);
  const unknown = await restore({ ...args, approve: 'RetentionHeld' });
  assert.match(unknown.held[0]?.message ?? '', /retention\.bytes=-1: its claim is gone, and with it/);
  assert.equal(await config(target, 'retention.ms'), '-1', 'nothing is guessed');
  await rename(elsewhere, claim);

  const approved = await restore({ ...args, approve: 'RetentionHeld' });
  assert.deepEqual([approved.restore, approved.records, approved.held], ['done', 1_000, []]);
  assert.equal(await config(target, 'retention.ms'), '3600000');
  assert.deepEqual(await ends(target), untouched, 'nothing was written');
  assert.deepEqual((await readReport(args.report))?.proof, proved);
});
