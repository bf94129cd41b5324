// A report of which nothing can be read costs nothing: what was restored before is found again in the target's log, and the
// restore goes on behind it. Only a report that is deleted means a start from zero.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/connection.ts';
import { readReport } from '../../../src/report/store.ts';
import { stored } from '../../../src/report/stored.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { backup, killedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { schemaFlaws } from '../../support/report-schema.ts';
import { writeRecords } from '../../support/topics.ts';

const to = bootstrapServers();
const PARTITIONS = [0, 1];
const source = unusedName('rebuilt-source');
let folder = '';
let from = '';
let cluster: KafkaCluster;
let admin: TopicAdmin;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-rebuilt-'));
  from = `file:${join(folder, 'archive')}`;
  cluster = await connectToKafka();
  admin = new TopicAdmin(cluster);
  await writeRecords({ bootstrap: to, topic: source, records: 5_000, partitions: 2, recordBytes: 200 });
  await backup({ from: to, to: from, topics: [source] });
});
after(() => cluster.close());

function restoreOf(name: string): { target: string; args: RestoreArguments } {
  const target = unusedName(`rebuilt-${name}`);
  const args = { from, to, topics: [`${source}=${target}`], report: join(folder, target) };
  return { target, args };
}

/** Every report of the folder is cut off in the middle. */
async function damage(report: string): Promise<void> {
  const names = (await readdir(report)).filter((name) => /^report\.\d+\.json$/.test(name));
  assert.ok(names.length > 0);
  for (const name of names) await truncate(join(report, name), 100);
  await assert.rejects(readReport(report), { reason: 'ReportDamaged' });
}

const ends = (topic: string): Promise<Map<number, number>> => admin.endOffsets(topic, PARTITIONS, 'leader-end');

/** Flawless, with nothing deleted of what was there, and a report that says how it came about. */
async function goesOnBehindIt(target: string, args: RestoreArguments): Promise<void> {
  await restore(args);
  await assertFlawless(to, [{ source, target }]);
  assert.deepEqual(
    [...(await admin.endOffsets(target, PARTITIONS, 'earliest')).values()],
    [0, 0],
    'nothing was purged',
  );
  const report = await readReport(args.report);
  assert.ok(report?.rebuiltAt);
  assert.deepEqual(schemaFlaws(stored(report, new Map(), [])), []);
  assert.equal(report.errors[0]?.reason, 'ReportDamaged');
}

for (const stopAt of ['committed#2', 'acknowledged#2']) {
  test(`killed at ${stopAt}, by several attempts`, async () => {
    const { target, args } = restoreOf('killed');
    const slowly = { ...args, maxBytesPerSecond: 30_000, stopAt };
    await killedRestore(slowly);
    await killedRestore({ ...slowly, stopAt: stopAt.replace('#2', '') });
    const records = [...(await ends(target)).values()];
    await damage(args.report);
    await goesOnBehindIt(target, args);
    assert.ok(
      records.every((end) => end > 0 && end < 2_400),
      `it was interrupted early: ${records.join()}`,
    );
  });
}

test('killed again before it has found anything', async () => {
  const { target, args } = restoreOf('twice');
  await killedRestore({ ...args, maxBytesPerSecond: 100_000, stopAt: 'committed#2' });
  await damage(args.report);
  await killedRestore({ ...args, stopAt: 'preparing' });
  await goesOnBehindIt(target, args);
});

test('done: it is proved anew, and nothing is written', async () => {
  const { target, args } = restoreOf('done');
  await restore(args);
  const before = await ends(target);
  await damage(args.report);
  await goesOnBehindIt(target, args);
  const [was, is] = [before, await ends(target)].map((of) => [...of.values()].reduce((sum, end) => sum + end, 0));
  // Markers without records, by which earlier writers are kept out.
  assert.ok((is ?? 0) - (was ?? 0) <= 4 * PARTITIONS.length, `${was} offsets became ${is}`);
});
