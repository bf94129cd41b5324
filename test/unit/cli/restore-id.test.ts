import assert from 'node:assert/strict';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetRestoreId, restoreIdIn } from '../../../src/cli/restore-id.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('whoever asks at the same time or later has the same id, in a folder that was not there before', async () => {
  const folder = join(await temporaryFolder('restore-id'), 'report');
  const ids = await Promise.all(Array.from({ length: 20 }, () => restoreIdIn(folder)));
  assert.match(ids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.deepEqual(new Set([...ids, await restoreIdIn(folder)]).size, 1);
  assert.deepEqual(await readdir(folder), ['restore-id']);
});

test('each folder has its own', async () => {
  const [one, other] = [await temporaryFolder('restore-id'), await temporaryFolder('restore-id')];
  assert.notEqual(await restoreIdIn(one), await restoreIdIn(other));
});

test('once it is forgotten another restore begins', async () => {
  const folder = await temporaryFolder('restore-id');
  const first = await restoreIdIn(folder);
  await forgetRestoreId(folder);
  assert.deepEqual(await readdir(folder), []);
  assert.notEqual(await restoreIdIn(folder), first);
  await forgetRestoreId(folder);
  await forgetRestoreId(folder);
});

test('forgotten while it is asked for, it is drawn anew', async () => {
  const folder = await temporaryFolder('restore-id');
  // There for who wants to make one, and gone for who wants to read it.
  await symlink('nowhere', join(folder, 'restore-id'));
  const asked = restoreIdIn(folder);
  await sleep(50);
  await forgetRestoreId(folder);
  assert.match(await asked, /^[0-9a-f-]{36}$/);
});

test('a file that holds no id is no id', async () => {
  const folder = await temporaryFolder('restore-id');
  await writeFile(join(folder, 'restore-id'), '');
  await assert.rejects(restoreIdIn(folder), { reason: 'ReportDamaged', message: /restore-id holds no id/ });
});

test('a folder that cannot be written says so', async () => {
  await assert.rejects(restoreIdIn('/sys/kernel/rekindle'), { reason: 'ReportUnwritable' });
});
