// A report stays small however many runs it has: those that do not change any more stand in files beside it, and it is
// whole only with them.
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rmdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { emptyPartition, type OffsetRun, type Report } from '../../../src/model/report.ts';
import { readReport } from '../../../src/report/reading.ts';
import { ReportStore } from '../../../src/report/store.ts';
import { superseded } from '../../../src/report/superseded.ts';
import { goingOn, partitionOf, restoreSome, runAt } from './documents.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder('report-runs');
});

const file = (name: string): string => join(folder, name);
const open = (): ReturnType<typeof ReportStore.open> => ReportStore.open(folder, goingOn);
const read = async (): Promise<Report> => (await readReport(folder)) ?? assert.fail('there is no report');
const runsTo = (count: number, start = 0): OffsetRun[] =>
  Array.from({ length: count }, (_, index) => runAt(index, start));
/** How many runs a file has. */
const runsIn = async (name: string): Promise<number> =>
  (await readFile(file(name), 'utf8')).match(/\d\]/g)?.length ?? 0;

test('The document has the last run only; with its file it has all', async () => {
  const { store, current } = await open();
  restoreSome(current, 50_000);
  await store.write(current);
  const { size } = await readFile(file('report.1.json')).then(({ length }) => ({ size: length }));
  assert.ok(size < 2_000, `${size} bytes`);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(50_000));
  assert.equal(partitionOf(current).runs.length, 50_000, 'the process has them all, too');
});

test('A run that may still grow is not in the file', async () => {
  const { store, current } = await open();
  restoreSome(current, 3);
  await store.write(current);
  const last = partitionOf(current).runs.at(-1) ?? assert.fail();
  last[3] += 100;
  await store.write(current);
  assert.deepEqual(partitionOf(await read()).runs, partitionOf(current).runs);
});

test('Each epoch has a file of its own, and a report counts on those before', async () => {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { store, current } = await open();
    assert.deepEqual(current.topics.length === 0 ? [] : partitionOf(current).runs, runsTo(10 * (attempt - 1)));
    restoreSome(current, 10);
    restoreSome(current, 5, 1);
    await store.write(current);
  }
  assert.deepEqual(partitionOf(await read()).runs, runsTo(30));
  assert.deepEqual(partitionOf(await read(), 1).runs, runsTo(15));
  const files = (await readdir(folder)).filter((name) => name.startsWith('runs.'));
  assert.deepEqual(files.toSorted(), ['runs.1.ndjson', 'runs.2.ndjson', 'runs.3.ndjson']);
  // All but the last of each partition the first time; then that one, and all but the last of the new ones.
  assert.deepEqual(await Promise.all(files.toSorted().map(runsIn)), [9 + 4, 10 + 5, 10 + 5]);
});

test('What an old process appends late is no part of the report', async () => {
  const old = await open();
  restoreSome(old.current, 10);
  await old.store.write(old.current);
  const next = await open();
  restoreSome(old.current, 10);
  await old.store.write(old.current);
  await next.store.write(next.current);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(10));
});

test('A partition that begins again leaves its old runs behind', async () => {
  const { store, current } = await open();
  restoreSome(current, 10);
  await store.write(current);
  Object.assign(partitionOf(current), emptyPartition(0, 99));
  await store.write(current);
  assert.deepEqual(partitionOf(await read()).runs, []);
  restoreSome(current, 4);
  await store.write(current);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(4, 99));
  const next = await open();
  restoreSome(next.current, 2);
  await next.store.write(next.current);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(6, 99));
});

test('A crash after runs were appended leaves the report as it was', async () => {
  const { store, current } = await open();
  restoreSome(current, 5);
  await store.write(current);
  const crashing = await ReportStore.open(folder, goingOn, (step) => {
    if (step === 'runs-appended') throw new Error('crash');
  });
  restoreSome(crashing.current, 5);
  await assert.rejects(crashing.store.write(crashing.current), /crash/);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(5));
});

test('After a document that could not be written the next one has everything once', async () => {
  let full = true;
  const { store, current } = await ReportStore.open(folder, goingOn, (step) => {
    if (step === 'temporary-written' && full) throw new Error('full');
  });
  restoreSome(current, 5);
  await assert.rejects(store.write(current), /full/);
  full = false;
  restoreSome(current, 5);
  await store.write(current);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(10));
  assert.equal(await runsIn('runs.1.ndjson'), 9);
});

test('After runs that could not be appended the next write has them all', async () => {
  const { store, current } = await open();
  restoreSome(current, 5);
  await mkdir(file('runs.1.ndjson'));
  await assert.rejects(store.write(current));
  await rmdir(file('runs.1.ndjson'));
  await writeFile(file('runs.1.ndjson'), 'the half of a line, from a disk that was ful');
  restoreSome(current, 5);
  await store.write(current);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(10));
});

const damages: [string, (name: string) => Promise<void>][] = [
  ['torn', (name) => truncate(name, 20)],
  ['altered', async (name) => writeFile(name, (await readFile(name, 'utf8')).replace('[1,2,2,1]', '[1,2,3,1]'))],
];
for (const [what, damage] of damages) {
  test(`A file of runs that is ${what} costs the epochs that count on it`, async () => {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const { store, current } = await open();
      restoreSome(current, 10, attempt);
      await store.write(current);
    }
    await damage(file('runs.2.ndjson'));
    const { epoch, topics } = await read();
    assert.deepEqual([epoch, topics[0]?.partitions.map(({ partition }) => partition)], [1, [1]]);
    await damage(file('runs.1.ndjson'));
    await assert.rejects(open(), { reason: 'ReportDamaged' });
  });
}

test('What is behind the counted bytes of a file does not matter', async () => {
  const { store, current } = await open();
  restoreSome(current, 5);
  await store.write(current);
  await appendFile(file('runs.1.ndjson'), 'half a li');
  assert.deepEqual(partitionOf(await read()).runs, runsTo(5));
});

test('Only the last epochs stay, with the files that they count on', async () => {
  for (let attempt = 1; attempt <= 12; attempt++) {
    const { store, current } = await open();
    await store.appendError({ at: '', reason: 'Internal', message: 'that' });
    if (attempt !== 3) restoreSome(current, 2);
    if (attempt === 4) Object.assign(partitionOf(current), emptyPartition(0, 0));
    await store.write(current);
  }
  const names = await readdir(folder);
  const epochs = (kind: string): number[] =>
    names
      .flatMap((name) => new RegExp(`^${kind}\\.(\\d+)`).exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((x, y) => x - y);
  assert.deepEqual(epochs('report'), [7, 8, 9, 10, 11, 12]);
  assert.deepEqual(epochs('errors'), [7, 8, 9, 10, 11, 12]);
  assert.deepEqual(epochs('runs'), [1, 2, 5, 6, 7, 8, 9, 10, 11, 12]);
  assert.deepEqual(partitionOf(await read()).runs, runsTo(16));
});

const folders: [string, string[], Parameters<typeof superseded>[1], string[]][] = [
  [
    'what is older than five epochs',
    ['report.1.json', 'errors.1.ndjson', '.report.2.json.tmp', '.report.2.json.tmp.link', 'report.5.json'],
    { epoch: 10, basedOn: 9, runFiles: [] },
    ['report.1.json', 'errors.1.ndjson', '.report.2.json.tmp', '.report.2.json.tmp.link'],
  ],
  [
    'nothing from the newest valid report on, however many broken ones came after it',
    ['report.2.json', 'report.3.json', 'report.4.json', 'runs.3.ndjson'],
    { epoch: 20, basedOn: 3, runFiles: [] },
    ['report.2.json'],
  ],
  [
    'no runs that are still counted on',
    ['runs.1.ndjson', 'runs.2.ndjson'],
    { epoch: 10, basedOn: 9, runFiles: [{ epoch: 2, bytes: 1, sha256: '' }] },
    ['runs.1.ndjson'],
  ],
  [
    'nothing that is not a report’s',
    ['claim.json', 'report.json', 'notes.1.txt', 'audit.1.json'],
    { epoch: 10, basedOn: null, runFiles: [] },
    [],
  ],
];
for (const [what, names, than, gone] of folders) {
  test(`Deleted is ${what}`, () => assert.deepEqual(superseded(names, than), gone));
}
