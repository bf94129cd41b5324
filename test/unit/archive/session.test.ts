// One writer at a time: a second one is refused while the first lives, and takes over once it is dead; nobody's work is damaged.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Archive } from '../../../src/archive/reader.ts';
import { WritingSession } from '../../../src/archive/session.ts';
import { verifyArchive } from '../../../src/archive/verify.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { RECORDS_PER_SEGMENT, TOPIC, addSegments, smallArchive } from './small-archive.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const records = async (storage: FileStorage): Promise<number> => {
  const { damage, records: counted } = await verifyArchive(await Archive.open(storage));
  assert.deepEqual(damage, []);
  return counted;
};

/** Within the patience a living writer renews its claim many times, on a slow disk too. */
const LIVELY = { renewMs: 20, patienceMs: 1_000 };

test('While a writer renews its claim, a second one is refused, and the first goes on', async () => {
  const { storage } = await smallArchive(1, 1);
  const first = await WritingSession.claim(storage, LIVELY);
  const refusal = { reason: 'ArchiveInUse', message: /has been writing it since/ };
  await assert.rejects(WritingSession.claim(storage, LIVELY), refusal);
  await addSegments(storage, first, 1, 1);
  await first.close();
  assert.equal(await records(storage), 2 * RECORDS_PER_SEGMENT);
});

test('A writer that was taken for dead and wakes up is told so, and what it wrote is not in the archive', async () => {
  const { storage } = await smallArchive(1, 1);
  const frozen = await WritingSession.claim(storage, { renewMs: 1_000_000 });
  await addSegments(storage, frozen, 1, 2);
  const second = await WritingSession.claim(storage, { patienceMs: 10 });
  assert.equal(second.afterCrash, true);
  await assert.rejects(frozen.close(), { reason: 'ArchiveInUse' });
  await addSegments(storage, second, 1, 1);
  await second.close();
  assert.equal(await records(storage), 2 * RECORDS_PER_SEGMENT);
});

test('A writer whose claim is gone learns it at its next renewal', async () => {
  const { storage } = await smallArchive(1, 1);
  const first = await WritingSession.claim(storage, { renewMs: 1_000 });
  const second = await WritingSession.claim(storage, { patienceMs: 1, renewMs: 1_000_000 });
  await new Promise((resolve) => first.lost.addEventListener('abort', resolve));
  assert.equal((first.lost.reason as { reason?: string }).reason, 'ArchiveInUse');
  await second.close();
});

test('After a clean end nobody waits, and each session has a number of its own', async () => {
  const { storage } = await smallArchive(1, 1);
  const started = performance.now();
  const numbers: number[] = [];
  for (let i = 0; i < 3; i++) {
    const session = await WritingSession.claim(storage, { patienceMs: 60_000 });
    assert.equal(session.afterCrash, false);
    numbers.push(session.session);
    await session.close();
  }
  assert.ok(performance.now() - started < 30_000);
  assert.equal(new Set(numbers).size, 3);
});

test('Of two that begin at the same moment one is refused', async () => {
  const storage = new FileStorage(await temporaryFolder('archive'));
  const claims = await Promise.allSettled([1, 2, 3, 4].map(() => WritingSession.claim(storage, LIVELY)));
  const winners = claims.filter((claim) => claim.status === 'fulfilled');
  assert.equal(winners.length, 1);
  for (const claim of claims) {
    if (claim.status === 'rejected') assert.equal((claim.reason as { reason?: string }).reason, 'ArchiveInUse');
  }
  await winners[0]?.value.close();
});

test('A folder that has lost its head is not taken for an empty one', async () => {
  const { folder, storage } = await smallArchive(1, 1);
  await rm(folder, { recursive: true });
  await mkdir(join(folder, 'topics', TOPIC), { recursive: true });
  await writeFile(join(folder, 'topics', TOPIC, 'something'), '');
  await assert.rejects(WritingSession.claim(storage), { reason: 'ArchiveMissing' });
});
