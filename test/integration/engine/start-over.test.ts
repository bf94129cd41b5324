// After Done a grown archive restores what is new and only that; a deleted report starts from zero and purges the
// restore's own records, and nothing else.
import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { doubt, type Report } from '../../../src/model/report.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { writeForeign } from '../../support/foreign.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { kafkaTool } from '../../support/java.ts';
import { reportOf } from '../../support/noted.ts';
import { backup, killedRestore, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { deleteReport } from '../../support/report-folder.ts';
import { dumpTopic, writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
let source = '';
let target = '';
let args: RestoreArguments;

beforeEach(async () => {
  const folder = await temporaryFolder('start-over');
  source = unusedName('over-source');
  target = unusedName('over-target');
  args = {
    from: `file:${join(folder, 'archive')}`,
    to,
    topics: [`${source}=${target}`],
    report: join(folder, 'report'),
  };
  await writeRecords({ bootstrap: to, topic: source, records: 5_000, partitions: 2, recordBytes: 200 });
  await backup({ from: to, to: args.from, topics: [source] });
  await restore(args);
});

test('what is new is restored behind what is there', async () => {
  await writeRecords({ bootstrap: to, topic: source, records: 3_000, partitions: 2, seed: 2 });
  await backup({ from: to, to: args.from, topics: [source] });
  const again = await restore(args);
  assert.equal(again.resumedFrom, 5_000);
  await assertFlawless(to, [{ source, target }]);
});

test('partitions that the source has got since are added to a topic that we made', async () => {
  const alter = (topic: string, partitions: number): Promise<string> =>
    kafkaTool('TopicCommand', [
      ...['--bootstrap-server', to, '--alter', '--topic', topic, '--partitions', String(partitions)],
    ]);
  await alter(source, 4);
  await writeRecords({ bootstrap: to, topic: source, records: 3_000, partitions: 4, seed: 2 });
  await backup({ from: to, to: args.from, topics: [source] });
  const again = await restore(args);
  assert.deepEqual([again.resumedFrom, again.records], [5_000, 8_000]);
  await assertFlawless(to, [{ source, target }]);

  // Into a topic of somebody else's nothing is added.
  const existing = unusedName('over-existing');
  await kafkaTool('TopicCommand', [
    ...['--bootstrap-server', to, '--create', '--topic', existing, '--partitions', '3', '--config', 'retention.ms=-1'],
  ]);
  const into = { ...args, topics: [`${source}=${existing}`], report: `${args.report}-existing` };
  assert.match(await refusedRestore(into), /TooFewPartitions: .*has 3 partitions, the archive has 4/);
});

test('partitions that an attempt has added and filled whose report is torn are not filled again', async () => {
  await kafkaTool('TopicCommand', ['--bootstrap-server', to, '--alter', '--topic', source, '--partitions', '3']);
  await writeRecords({ bootstrap: to, topic: source, records: 3_000, partitions: 3, seed: 2 });
  await backup({ from: to, to: args.from, topics: [source] });
  await killedRestore({ ...args, stopAt: 'proving' });
  const { epoch } = await reportOf(args);
  await truncate(join(args.report, `report.${epoch}.json`), 100);
  await restore(args);
  await assertFlawless(to, [{ source, target }]);
});

/** The topic was not guarded for a while. */
async function doubtIn({ report: folder }: RestoreArguments): Promise<void> {
  const { epoch } = await reportOf(args);
  const file = join(folder, `report.${epoch}.json`);
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  report.topics.forEach(doubt);
  await writeFile(file, JSON.stringify(report));
}

for (const then of ['', ', and is not missed when what is new is read again']) {
  test(`what a proof has covered may leave the topic before the archive grows${then}`, async () => {
    const partitions = [0, 1].map((partition) => ({ topic: target, partition, offset: -1 }));
    const file = join(args.report, '..', 'delete.json');
    await writeFile(file, JSON.stringify({ version: 1, partitions }));
    await kafkaTool('DeleteRecordsCommand', ['--bootstrap-server', to, '--offset-json-file', file]);
    await writeRecords({ bootstrap: to, topic: source, records: 3_000, partitions: 2, seed: 2 });
    await backup({ from: to, to: args.from, topics: [source] });
    if (then !== '') {
      await killedRestore({ ...args, stopAt: 'checkpointed' });
      await doubtIn(args);
    }
    const again = await restore(args);
    if (then === '') assert.equal(again.resumedFrom, 5_000);
    assert.equal(again.records, 8_000);

    const found = await dumpTopic({ bootstrap: to, topic: target });
    assert.equal(found.length, 3_000);
    const all = await dumpTopic({ bootstrap: to, topic: source });
    const same = (record: (typeof all)[number]): object => ({ ...record, topic: '', offset: 0 });
    for (const partition of [0, 1]) {
      const there = found.filter((record) => record.partition === partition).map(same);
      const archived = all.filter((record) => record.partition === partition).map(same);
      assert.deepEqual(there, archived.slice(-there.length));
    }
  });
}

test('without a report everything is restored again, once', async () => {
  await deleteReport(args.report);
  const again = await restore(args);
  assert.equal(again.resumedFrom, 0);
  await assertFlawless(to, [{ source, target }]);
});

const approved = (): RestoreArguments => ({ ...args, approve: 'ResetNeedsApproval' });
const count = async (): Promise<number> => (await dumpTopic({ bootstrap: to, topic: target })).length;
const theirs = (partition: number): Promise<void> => writeForeign(to, { topic: target, partition });

test("a start from zero deletes another producer's records once a person has agreed to just that", async () => {
  await deleteReport(args.report);
  await theirs(1);
  assert.match(
    await refusedRestore(args),
    /ResetNeedsApproval.*in partition 1 offsets \d+ to \d+, \d+ records of this restore and 1 that others wrote.*--approve ResetNeedsApproval/s,
  );
  assert.equal(await count(), 5_001, 'nothing was deleted');

  await theirs(0);
  assert.match(await refusedRestore(approved()), /ResetNeedsApproval.*in partition 0 .* and 1 that others wrote/s);
  assert.equal(await count(), 5_002, 'nothing was deleted');

  assert.equal((await restore(approved())).resumedFrom, 0);
  await assertFlawless(to, [{ source, target }]);
});

test('a start from zero deletes what a consumer group has read once a person has agreed to it', async () => {
  await deleteReport(args.report);
  await kafkaTool('ConsoleConsumer', [
    ...['--bootstrap-server', to, '--topic', target, '--group', unusedName('readers')],
    ...['--from-beginning', '--max-messages', '100', '--timeout-ms', '20000'],
  ]);
  assert.match(await refusedRestore(args), /ResetNeedsApproval.*Consumer groups have committed.*readers/s);
  await restore(approved());
  await assertFlawless(to, [{ source, target }]);
});

test('an approval of what the restore does not hold for is refused', async () => {
  const words = /--approve TargetInUse: the restore does not hold for that \(it holds for nothing\)/;
  assert.match(await refusedRestore({ ...args, approve: 'TargetInUse' }), words);
});
