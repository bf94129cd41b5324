// With existingData: Append a restore begins behind what is there, and neither deletes nor changes anything of it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { totals } from '../../../src/model/report.ts';
import { readReport } from '../../../src/report/reading.ts';
import { writeForeign } from '../../support/foreign.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { backup, refusedRestore, restore, startRestore, type RestoreArguments } from '../../support/rekindle.ts';
import { deleteReport } from '../../support/report-folder.ts';
import { compareTopics, dumpTopic, writeRecords, type DumpedRecord } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const source = unusedName('append-source');
let folder = '';
let from = '';

before(async () => {
  folder = await temporaryFolder('append');
  from = `file:${join(folder, 'archive')}`;
  await writeRecords({ bootstrap: to, topic: source, records: 4_000, partitions: 2, recordBytes: 200 });
  await backup({ from: to, to: from, topics: [source] });
});

/** A restore into a topic that holds 300 records of others; it keeps what is written to it. */
async function intoUsed(name: string): Promise<{ target: string; args: RestoreArguments; theirs: DumpedRecord[] }> {
  const target = unusedName(`append-${name}`);
  const configs = { 'retention.ms': '-1', 'max.message.bytes': '2000000' };
  const others = { records: 300, partitions: 2, seed: 7, mode: 'idempotent', configs } as const;
  await writeRecords({ bootstrap: to, topic: target, ...others });
  const theirs = await dumpTopic({ bootstrap: to, topic: target });
  const args = { from, to, topics: [`${source}=${target}`], report: join(folder, target) };
  return { target, args: { ...args, existingData: 'append' }, theirs };
}

/** All records of the source, once, in order; so many others among them. */
async function assertRestored(target: string, others: number, of = source): Promise<void> {
  const { pairs, ...flaws } = await compareTopics({ bootstrap: to, pairs: [{ source: of, target }] });
  const { missing, duplicates, outOfOrder, different, foreign } = flaws;
  assert.deepEqual([missing, duplicates, outOfOrder, different, foreign], [0, 0, 0, 0, others], JSON.stringify(pairs));
}

test('it begins at the log ends; others that write meanwhile are counted', async () => {
  const { target, args, theirs } = await intoUsed('used');
  const { from: archive, topics, report } = args;
  assert.match(
    await refusedRestore({ from: archive, to, topics, report }),
    /TargetNotEmpty: .*or set existingData to Append/s,
  );

  const running = startRestore({ ...args, maxBytesPerSecond: 100_000 });
  for (let acknowledged = 0; acknowledged < 500;) {
    assert.equal(running.exitCode, null);
    await sleep(50);
    const report = await readReport(args.report).catch(() => null);
    acknowledged = report ? totals(report).acknowledged : 0;
  }
  await writeForeign(to, { topic: target, partition: 1 });
  await running;
  await assertRestored(target, 301);
  const after = await dumpTopic({ bootstrap: to, topic: target });
  for (const record of theirs) {
    assert.deepEqual(
      after.find(({ partition, offset }) => partition === record.partition && offset === record.offset),
      record,
    );
  }
  assert.equal((await readReport(args.report))?.proof?.foreign, 1);
});

test('after Done it goes on behind what others have written, without asking', async () => {
  const { target, args } = await intoUsed('grown');
  const ownSource = unusedName('append-grown');
  const grown = { ...args, from: `file:${join(folder, 'grown')}`, topics: [`${ownSource}=${target}`] };
  for (const seed of [1, 2]) {
    await writeRecords({ bootstrap: to, topic: ownSource, records: 500, partitions: 2, seed });
    await backup({ from: to, to: grown.from, topics: [ownSource] });
    assert.equal((await restore(grown)).records, seed * 500);
    await writeForeign(to, { topic: target, partition: 0 });
  }
  await assertRestored(target, 302, ownSource);
});

test('a start from zero deletes nothing by itself: it asks, and names what lies where', async () => {
  const { target, args } = await intoUsed('zero');
  await restore(args);
  await deleteReport(args.report);
  assert.match(
    await refusedRestore(args),
    /ResetNeedsApproval: .*in partition 0 offsets 0 to \d+, \d+ records of this restore and \d+ that others wrote between offsets 0 and \d+/s,
  );
  await assertRestored(target, 300);
  await restore({ ...args, approve: 'ResetNeedsApproval' });
  await assertRestored(target, 0);
});
