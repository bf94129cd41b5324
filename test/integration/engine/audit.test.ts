// When a Restore ends, Done or Failed, an audit stands beside the archive and in the report's folder: true, without a
// secret, once for each epoch; and the archive is none the worse for it.
import { Ajv2020 } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { audit as auditSchema, type Audit } from '../../../src/model/audit.ts';
import { readReport } from '../../../src/report/reading.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { backup, killedRestore, refusedRestore, rekindle, restore } from '../../support/rekindle.ts';
import { loadTopics, writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const source = unusedName('audit-source');
let folder = '';
let archive = '';

before(async () => {
  folder = await temporaryFolder('audit');
  archive = join(folder, 'archive');
  await writeRecords({ bootstrap: to, topic: source, records: 2_000, partitions: 2, recordBytes: 200 });
  await backup({ from: to, to: `file:${archive}`, topics: [source] });
});

const argumentsInto = (target: string): { from: string; to: string; topics: string[]; report: string } => ({
  ...{ from: `file:${archive}`, to, topics: [`${source}=${target}`] },
  report: join(folder, target),
});

/** The audits of a restore beside the archive, by file name. */
async function audits(report: string): Promise<Map<string, Audit>> {
  const uid = (await readReport(report))?.restore.uid ?? '';
  const found = new Map<string, Audit>();
  for (const name of (await readdir(join(archive, 'audit', uid))).toSorted()) {
    const text = await readFile(join(archive, 'audit', uid, name), 'utf8');
    found.set(name, auditSchema.parse(JSON.parse(text)));
  }
  return found;
}

test('a restore that was killed, and one more for what the archive has got since', async () => {
  const args = argumentsInto(unusedName('audit'));
  await killedRestore({ ...args, stopAt: 'committed', maxBytesPerSecond: 100_000 });
  const first = await restore(args);
  await writeRecords({ bootstrap: to, topic: source, records: 500, partitions: 2, seed: 2 });
  await backup({ from: to, to: args.from, topics: [source] });
  await restore(args);

  const found = await audits(args.report);
  assert.deepEqual([...found.keys()], ['2.json', '3.json'], 'a process that was killed has not ended the Restore');
  const [second, third] = [...found.values()];
  assert.equal(first.audit?.written, true);
  assert.deepEqual(
    [second, third].map((audit) => [audit?.outcome, audit?.committed, audit?.attempts.length, audit?.proof?.records]),
    [
      ['Done', 2_000, 2, 2_000],
      ['Done', 2_500, 3, 2_500],
    ],
  );
  assert.equal(second?.image, null);
  assert.equal(second.signals, null);
  assert.deepEqual(second.order.topics, [{ source, target: args.topics[0]?.split('=')[1] }]);

  const report = await readFile(join(args.report, third?.report.file ?? ''));
  assert.equal(third?.report.sha256, createHash('sha256').update(report).digest('hex'));
  assert.deepEqual(JSON.parse(await readFile(join(args.report, 'audit.3.json'), 'utf8')), third);

  const schema: unknown = JSON.parse(
    await readFile(join(import.meta.dirname, '../../../docs/audit.schema.json'), 'utf8'),
  );
  const validate = new Ajv2020({ validateFormats: false }).compile(schema as object);
  assert.ok(validate(third), JSON.stringify(validate.errors));
  assert.deepEqual(
    await rekindle(['archive', 'verify', args.from]).then((v) => (v as { verify: string }).verify),
    'ok',
  );
});

test('a restore that fails', async () => {
  const target = unusedName('audit-failed');
  await loadTopics({ bootstrap: to, partitions: 2 }, [
    { topic: target, partition: 0, timestamp: 1, key: null, value: null, headers: [] },
  ]);
  const args = argumentsInto(target);
  await refusedRestore(args);
  const [audit] = (await audits(args.report)).values();
  assert.equal(audit?.outcome, 'Failed');
  assert.equal(audit.error?.reason, 'TargetNotEmpty');
  assert.equal(audit.proof, null);
  assert.equal(audit.committed, 0);
});
