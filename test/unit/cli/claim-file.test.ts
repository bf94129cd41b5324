import assert from 'node:assert/strict';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readClaims, writeClaim } from '../../../src/cli/claim-file.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const restore = { namespace: 'ns', name: 'r', uid: 'u' };
const claim: Claim = { clusterId: 'c', restore, transactionalIds: [], producerIds: [], topics: [] };
const confirmed = (): Promise<void> => Promise.resolve();

test('a claim is read as it was written', async () => {
  const folder = join(await temporaryFolder('claim'), 'report');
  assert.deepEqual(await readClaims(folder), []);
  await writeClaim(folder, claim, confirmed);
  assert.deepEqual(await readClaims(folder), [claim]);
});

test('of processes that write at the same time one is the last, whole', async () => {
  const folder = await temporaryFolder('claim');
  const claims = Array.from({ length: 20 }, (_, i) => ({ ...claim, clusterId: 'c'.repeat(1 + 5_000 * i) }));
  await Promise.all(claims.map((one) => writeClaim(folder, one, confirmed)));
  const [last] = await readClaims(folder);
  assert.ok(claims.some(({ clusterId }) => clusterId === last?.clusterId));
  assert.deepEqual(await readdir(folder), ['claim.json']);
});

test('a process that has been taken over leaves the claim as it is', async () => {
  const folder = await temporaryFolder('claim');
  await writeClaim(folder, claim, confirmed);
  const takenOver = new RekindleError('ReportTakenOver', 'another one goes on');
  const late = writeClaim(folder, { ...claim, clusterId: 'before' }, () => Promise.reject(takenOver));
  await assert.rejects(late, takenOver);
  assert.deepEqual(await readClaims(folder), [claim]);
  assert.deepEqual(await readdir(folder), ['claim.json']);
});

test('a volume that cannot be written is waited for', async () => {
  await assert.rejects(writeClaim('/sys/kernel/rekindle', claim, confirmed), { reason: 'ReportUnwritable' });
});

test('a volume that cannot be read is waited for; a claim that nobody understands is not', async () => {
  const folder = await temporaryFolder('claim');
  await mkdir(join(folder, 'claim.json'));
  // EISDIR stands for whatever a file system answers.
  await assert.rejects(readClaims(folder), { reason: 'ReportUnwritable' });
  await rmdir(join(folder, 'claim.json'));
  await writeFile(join(folder, 'claim.json'), '{');
  await assert.rejects(readClaims(folder), { reason: 'ReportDamaged' });
});
