// The report of a real restore: valid by its published schema, with a map from source offsets to target offsets that an
// independent reader finds true.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readReport } from '../../../src/report/reading.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { backup, killedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { schemaFlaws } from '../../support/report-schema.ts';
import { dumpTopic, writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('every record stands at the target offset that the report tells for its source offset', async () => {
  const to = bootstrapServers();
  const folder = await temporaryFolder('report');
  const [source, target] = [unusedName('report-source'), unusedName('report-target')];
  const args: RestoreArguments = {
    ...{ from: `file:${join(folder, 'archive')}`, to, topics: [`${source}=${target}`], report: join(folder, 'report') },
    maxBytesPerSecond: 100_000,
  };
  await writeRecords({ bootstrap: to, topic: source, records: 4_000, partitions: 3, recordBytes: 200 });
  await backup({ from: to, to: args.from, topics: [source] });
  await killedRestore({ ...args, stopAt: 'committed' }); // markers and a takeover break the runs
  await restore(args);

  const document: unknown = JSON.parse(await readFile(join(args.report, 'report.json'), 'utf8'));
  assert.deepEqual(schemaFlaws(document), []);

  const report = await readReport(args.report);
  const [before, after] = await Promise.all([source, target].map((topic) => dumpTopic({ bootstrap: to, topic })));
  const place = (partition: number, offset: number): string => `${partition}/${offset}`;
  const restored = new Map(after?.map((record) => [place(record.partition, record.offset), record]));
  let compared = 0;
  for (const { partition, runs } of report?.topics[0]?.partitions ?? []) {
    assert.ok(runs.length > 1, `partition ${partition} has one run: the kill left no trace`);
    for (const record of before?.filter((r) => r.partition === partition) ?? []) {
      const run = runs.find(([, from, , count]) => record.offset >= from && record.offset < from + count);
      assert.ok(run, `no run has source offset ${record.offset} of partition ${partition}`);
      const found = restored.get(place(partition, run[2] + record.offset - run[1]));
      assert.deepEqual({ ...found, topic: '', offset: 0 }, { ...record, topic: '', offset: 0 });
      compared += 1;
    }
  }
  assert.equal(compared, 4_000);
});
