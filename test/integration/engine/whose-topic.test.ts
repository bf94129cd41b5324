// A restore takes for its own only what it has created itself, however it was interrupted and whoever was faster.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { markOf } from '../../../src/engine/guards.ts';
import { TopicAdmin, type ConfigEntry } from '../../../src/kafka/admin.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { reportOf } from '../../support/noted.ts';
import {
  killedRestore,
  refusedRestore,
  restore,
  RUN_AGAIN,
  startRestore,
  type RestoreArguments,
} from '../../support/rekindle.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { smallArchive, TOPIC } from '../../unit/archive/small-archive.ts';

const cluster = await connectToKafka();
after(() => cluster.close());
const admin = new TopicAdmin(cluster);
let archive = '';
before(async () => {
  ({ folder: archive } = await smallArchive(2, 1));
});

/** A restore into these topics, with a report of its own. */
const into = async (...targets: string[]): Promise<RestoreArguments> => ({
  from: `file:${archive}`,
  to: bootstrapServers(),
  topics: targets.map((target) => `${TOPIC}=${target}`),
  report: join(await temporaryFolder('report'), 'report'),
});

const ownOf = (configs: ReadonlyMap<string, ConfigEntry>): string[] =>
  [...configs].filter(([, { source }]) => source === 'topic').map(([name]) => name);

test('A topic that somebody creates after it was claimed is not ours: it is refused, and left as it is', async () => {
  const target = unusedName('theirs');
  const args = await into(target);
  await killedRestore({ ...args, stopAt: 'preparing' });
  const theirs = { name: target, partitions: 2, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } };
  await admin.create(theirs);
  assert.match(await refusedRestore(args), /^TargetUnguarded: .*cleanup\.policy=compact/m);
  assert.deepEqual(ownOf(await admin.configs(target)), ['cleanup.policy']);
});

test('A topic that we have created is ours, though its id never came on record, and nobody else takes it', async () => {
  const target = unusedName('ours');
  const args = await into(target);
  await killedRestore({ ...args, stopAt: 'report-temporary-written' });
  assert.notEqual(markOf(await admin.configs(target)), null);
  const other = await into(target);
  const stderr = /^TargetClaimed: .*created by another restore/m;
  await assert.rejects(startRestore(other), { exitCode: RUN_AGAIN, stderr });
  assert.equal((await reportOf(other)).state, 'Opened', 'it may be run again once that one is gone');

  const { restore: outcome, held } = await restore(args);
  assert.equal(outcome, 'done');
  // The records are of 2019, and the archive says that the topic keeps them for a second.
  assert.deepEqual(
    held.map(({ topic }) => topic),
    [target],
  );
  assert.deepEqual(ownOf(await admin.configs(target)).toSorted(), ['retention.bytes', 'retention.ms']);
});

test('A topic that was claimed stays ours while a run does not name it, and gets its configuration from one that does', async () => {
  const [left, named] = [unusedName('left'), unusedName('named')];
  const both = await into(left, named);
  await killedRestore({ ...both, stopAt: 'report-temporary-written' });
  const { stderr } = await startRestore({ ...both, topics: [`${TOPIC}=${named}`] });
  assert.match(stderr, new RegExp(`not named now: ${left}\\. They stay claimed`));
  assert.notEqual(markOf(await admin.configs(left)), null);

  assert.equal((await restore(both)).restore, 'done');
  assert.deepEqual(ownOf(await admin.configs(left)).toSorted(), ['retention.bytes', 'retention.ms']);
});
