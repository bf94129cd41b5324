// After Done a grown archive restores what is new and only that; a deleted report starts from zero and purges the
// restore's own records, and nothing else.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { kafkaTool } from '../../support/java.ts';
import { backup, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { loadTopics, writeRecords } from '../../support/topics.ts';

const to = bootstrapServers();
let source = '';
let target = '';
let args: RestoreArguments;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-start-over-'));
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

/** Deletes the report, as deleting its volume does; the claim is kept, as the operator's is. */
async function deleteReport(): Promise<void> {
  for (const name of await readdir(args.report)) if (name !== 'claim.json') await rm(join(args.report, name));
}

test('what is new is restored behind what is there', async () => {
  await writeRecords({ bootstrap: to, topic: source, records: 3_000, partitions: 2, seed: 2 });
  await backup({ from: to, to: args.from, topics: [source] });
  const again = await restore(args);
  assert.equal(again.resumedFrom, 5_000);
  await assertFlawless(to, [{ source, target }]);
});

test('without a report everything is restored again, once', async () => {
  await deleteReport();
  const again = await restore(args);
  assert.equal(again.resumedFrom, 0);
  await assertFlawless(to, [{ source, target }]);
});

test("a start from zero does not delete another producer's records", async () => {
  await deleteReport();
  const key = Buffer.from('theirs').toString('base64');
  await loadTopics({ bootstrap: to }, [
    { topic: target, partition: 1, timestamp: Date.now(), key, value: key, headers: [] },
  ]);
  const words = await refusedRestore(args);
  assert.match(words, /ResetNeedsApproval.*was not written by this restore/s);
  assert.match(await ends(), new RegExp(`${target}:1:[1-9]`));
});

test('a start from zero does not delete what a consumer group has read', async () => {
  await deleteReport();
  await kafkaTool('ConsoleConsumer', [
    ...['--bootstrap-server', to, '--topic', target, '--group', unusedName('readers')],
    ...['--from-beginning', '--max-messages', '100', '--timeout-ms', '20000'],
  ]);
  assert.match(await refusedRestore(args), /ResetNeedsApproval.*consumer groups.*readers/s);
});

const ends = (): Promise<string> => kafkaTool('GetOffsetShell', ['--bootstrap-server', to, '--topic', target]);
