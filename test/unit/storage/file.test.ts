// A folder as a storage: nothing half-written is ever seen, and of two writers of one version one is refused.
import assert from 'node:assert/strict';
import { link, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileStorage } from '../../../src/storage/file.ts';
import { onFile } from '../../../src/storage/file-errors.ts';
import { probeConditionalWrites } from '../../../src/storage/conditional-writes.ts';
import { ABSENT, NotFound, PreconditionFailed } from '../../../src/storage/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function storageIn(): Promise<{ folder: string; storage: FileStorage }> {
  const folder = await temporaryFolder('storage');
  return { folder, storage: new FileStorage(folder) };
}

async function keys(storage: FileStorage, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, size } of storage.list(prefix)) found.push(`${key} ${size}`);
  return found.sort();
}

test('An object appears as a whole when it is committed, and never when it is given up', async () => {
  const { storage } = await storageIn();
  const writer = await storage.writer('a/b/object');
  await writer.write(Buffer.from('one '));
  await assert.rejects(storage.read('a/b/object'), NotFound);
  await writer.write(Buffer.from('two'));
  await writer.commit();
  assert.equal((await storage.read('a/b/object')).toString(), 'one two');

  const given = await storage.writer('a/b/other');
  await given.write(Buffer.from('one'));
  await given.abort();
  assert.deepEqual(await keys(storage, 'a/'), ['a/b/object 7']);
});

test('What is renamed or deleted while a folder is listed is left out', async () => {
  const { folder, storage } = await storageIn();
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), name);
  const seen: string[] = [];
  for await (const { key } of storage.list('')) {
    seen.push(key);
    for (const name of await readdir(folder)) if (name !== key) await rm(join(folder, name));
  }
  assert.equal(seen.length, 1);
});

test('An object that is created once is not written over, and leaves nothing else behind', async () => {
  const { storage } = await storageIn();
  await storage.create('a/object', Buffer.from('one'));
  await assert.rejects(storage.create('a/object', Buffer.from('other')), PreconditionFailed);
  assert.equal((await storage.read('a/object')).toString(), 'one');
  assert.deepEqual(await keys(storage, 'a/'), ['a/object 3']);
});

test('Ranges end where the object ends', async () => {
  const { storage } = await storageIn();
  const writer = await storage.writer('object');
  await writer.write(Buffer.from('0123456789'));
  await writer.commit();
  assert.equal((await storage.read('object', { start: 2, end: 5 })).toString(), '234');
  assert.equal((await storage.read('object', { start: 8, end: 20 })).toString(), '89');
  assert.equal((await storage.read('object', { start: 20, end: 30 })).length, 0);
  const into = Buffer.from('xxxx');
  assert.equal((await storage.read('object', { start: 8, end: 11, into })).toString(), '89');
  assert.equal(into.toString(), '89xx');
});

test('Many writers of the same version: one succeeds', async () => {
  const { storage } = await storageIn();
  let etag = ABSENT;
  for (let round = 0; round < 5; round++) {
    const known = etag;
    const bodies = Array.from({ length: 8 }, (_, i) => Buffer.from(`${round} ${i}`));
    const results = await Promise.allSettled(bodies.map((body) => storage.putIfMatch('head', body, known)));
    const winners = results.filter((result) => result.status === 'fulfilled');
    assert.equal(winners.length, 1);
    for (const result of results)
      if (result.status === 'rejected') assert.ok(result.reason instanceof PreconditionFailed);
    ({ etag } = await storage.readVersioned('head'));
    assert.equal(winners[0]?.value, etag);
  }
});

test('A writer that died between its two steps has written all the same', async () => {
  const { folder, storage } = await storageIn();
  const first = await storage.putIfMatch('head', Buffer.from('first'), ABSENT);
  await writeFile(join(folder, 'own'), 'second');
  await link(join(folder, 'own'), join(folder, `head.after-${first}`));
  const { body, etag } = await storage.readVersioned('head');
  assert.equal(body.toString(), 'second');
  await assert.rejects(storage.putIfMatch('head', Buffer.from('another second'), first), PreconditionFailed);
  await storage.putIfMatch('head', Buffer.from('third'), etag);
  assert.equal((await readFile(join(folder, 'head'))).toString(), 'third');
});

test('A writer that was held up and puts an older version in place is overruled', async () => {
  const { folder, storage } = await storageIn();
  const first = await storage.putIfMatch('head', Buffer.from('first'), ABSENT);
  const second = await storage.putIfMatch('head', Buffer.from('second'), first);
  const third = await storage.putIfMatch('head', Buffer.from('third'), second);
  await writeFile(join(folder, 'held up'), 'first');
  await rename(join(folder, 'held up'), join(folder, 'head'));
  assert.deepEqual(await storage.readVersioned('head'), { body: Buffer.from('third'), etag: third });
});

test('A file that was edited by hand is read as it is', async () => {
  const { folder, storage } = await storageIn();
  const first = await storage.putIfMatch('head', Buffer.from('first'), ABSENT);
  await storage.putIfMatch('head', Buffer.from('second'), first);
  await writeFile(join(folder, 'head'), 'first'); // Its second name shows the same now: first after first.
  assert.equal((await storage.readVersioned('head')).body.toString(), 'first');
});

test('Second names of old versions go away', async () => {
  const { folder, storage } = await storageIn();
  let etag = await storage.putIfMatch('head', Buffer.from('0'), ABSENT);
  const old = new Date(Date.now() - 3_600_000);
  for (const name of await readdir(folder)) await utimes(join(folder, name), old, old);
  etag = await storage.putIfMatch('head', Buffer.from('1'), etag);
  assert.equal((await readdir(folder)).length, 2);
  assert.equal((await storage.readVersioned('head')).etag, etag);
});

test('The probe finds that a folder honours conditions, and leaves no object', async () => {
  const { storage } = await storageIn();
  await probeConditionalWrites(storage);
  assert.deepEqual(await keys(storage, ''), []);
});

test('A storage that ignores conditions is refused by name', async () => {
  class Careless extends FileStorage {
    override async putIfMatch(key: string, body: Buffer): Promise<string> {
      const present = await this.readVersioned(key).catch(() => ({ etag: ABSENT }));
      return super.putIfMatch(key, body, present.etag);
    }
  }
  const { folder } = await storageIn();
  await assert.rejects(probeConditionalWrites(new Careless(folder)), {
    reason: 'InvalidConfiguration',
    message: /does not honour conditional writes \(If-None-Match\)/,
  });
});

for (const [code, reason] of [
  ['EACCES', 'NotAuthorized'],
  ['EROFS', 'NotAuthorized'],
  ['EIO', 'StorageUnreachable'],
  ['ENOSPC', 'StorageUnreachable'],
] as const) {
  test(`${code} is ${reason}`, async () => {
    const failing = (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
    await assert.rejects(onFile('file:/a', failing), { reason, message: new RegExp(`^file:/a: .*${code}`) });
  });
}
