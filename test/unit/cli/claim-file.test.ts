import assert from 'node:assert/strict';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readClaims, writeClaim } from '../../../src/cli/claim-file.ts';
import type { Claim } from '../../../src/model/claim.ts';

const restore = { namespace: 'ns', name: 'r', uid: 'u' };
const claim: Claim = { clusterId: 'c', restore, transactionalIds: [], producerIds: [], topics: [] };

test('a claim is read as it was written', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'rekindle-claim-')), 'report');
  assert.deepEqual(await readClaims(folder), []);
  await writeClaim(folder, claim);
  assert.deepEqual(await readClaims(folder), [claim]);
});

test('where the volume is full it is waited for, and what was there stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-claim-'));
  await writeClaim(folder, claim);
  await symlink('/dev/full', join(folder, 'claim.json.tmp'));
  await assert.rejects(writeClaim(folder, { ...claim, clusterId: 'other' }), {
    reason: 'ReportUnwritable',
    message: /ENOSPC/,
  });
  assert.deepEqual(await readClaims(folder), [claim]);
});
