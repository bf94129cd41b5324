// The report folder: one writer an epoch, a torn file costs one epoch, an old writer that wakes up overwrites nothing.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { readReport } from '../../../src/report/reading.ts';
import { ReportStore } from '../../../src/report/store.ts';
import { goingOn as first } from './documents.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder = '';
beforeEach(async () => {
  folder = join(await temporaryFolder('report'), 'reports', 'r');
});

test('each opener takes the next epoch and is given the newest report', async () => {
  const a = await ReportStore.open(folder, first);
  await a.store.write({ ...a.current, state: 'Restoring' });
  const b = await ReportStore.open(folder, first);
  assert.equal(b.store.epoch, 2);
  assert.equal(b.current.state, 'Restoring');
  assert.equal(await a.store.newestEpoch(), 2);
});

test('many openers at once get different epochs', async () => {
  const opened = await Promise.all(Array.from({ length: 8 }, () => ReportStore.open(folder, first)));
  assert.deepEqual(
    opened.map(({ store }) => store.epoch).toSorted((x, y) => x - y),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test('an old writer touches only its own file', async () => {
  const old = await ReportStore.open(folder, first);
  const now = await ReportStore.open(folder, first);
  await now.store.write({ ...now.current, state: 'Proved' });
  await old.store.write({ ...old.current, state: 'Failed' });
  assert.equal((await readReport(folder))?.state, 'Proved');
});

test('what an old writer has noted until it was taken over is known, though it came after the first look', async () => {
  const old = await ReportStore.open(folder, first);
  let late: Promise<void> | null = null;
  const { store, current } = await ReportStore.open(folder, async (previous, epoch) => {
    await (late ??= old.store.write({ ...old.current, state: 'Proved', updatedAt: '2026-01-01T00:00:01.000Z' }));
    return first(previous, epoch);
  });
  assert.equal(await store.isThere(), true);
  assert.deepEqual([store.epoch, current.state], [2, 'Proved']);
  assert.equal((await readReport(folder))?.state, 'Proved');
});

test('a torn report costs one epoch', async () => {
  const a = await ReportStore.open(folder, first);
  await a.store.write({ ...a.current, state: 'Restoring' });
  await ReportStore.open(folder, first);
  const whole = await readFile(join(folder, 'report.2.json'), 'utf8');
  await writeFile(join(folder, 'report.2.json'), whole.slice(0, whole.length / 2));
  const next = await ReportStore.open(folder, first);
  assert.equal(next.store.epoch, 3);
  assert.equal(next.current.state, 'Restoring');
});

test('nothing readable left is said, not taken for a start from zero', async () => {
  await ReportStore.open(folder, first);
  await writeFile(join(folder, 'report.1.json'), '{');
  await assert.rejects(ReportStore.open(folder, first), { reason: 'ReportDamaged' });
});

test('a folder that cannot be read is waited for, whoever reads it', async () => {
  await ReportStore.open(folder, first);
  await writeFile(join(folder, 'no-folder'), '');
  // ENOTDIR stands for whatever a file system answers.
  await assert.rejects(readReport(join(folder, 'no-folder')), { reason: 'ReportUnwritable' });
});

test('a crash between the temporary file and the rename leaves the old document', async () => {
  const { store, current } = await ReportStore.open(folder, first, (step) => {
    if (step === 'temporary-written') throw new Error('crash');
  });
  await assert.rejects(store.write({ ...current, state: 'Failed' }), /crash/);
  assert.equal((await readReport(folder))?.state, 'Opened');
});

test('a refused opening takes no epoch', async () => {
  await ReportStore.open(folder, first);
  await assert.rejects(
    ReportStore.open(folder, () => {
      throw new Error('not yours');
    }),
    /not yours/,
  );
  const visible = (await readdir(folder)).filter((name) => !name.startsWith('.opened.1.'));
  assert.deepEqual(visible.toSorted(), ['report.1.json', 'report.json']);
  assert.match(await readFile(join(folder, 'report.json'), 'utf8'), /"epoch":1,/);
});
