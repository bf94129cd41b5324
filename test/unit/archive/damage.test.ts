// Whatever is missing or altered in an archive is found and named, one byte or a whole file: nothing is ever read past it.
import assert from 'node:assert/strict';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Archive } from '../../../src/archive/reader.ts';
import { verifyArchive, type Verification } from '../../../src/archive/verify.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { OFFSETS_PER_SEGMENT, RECORDS_PER_SEGMENT, TOPIC, smallArchive } from './small-archive.ts';

const verify = async (folder: string): Promise<Verification> =>
  verifyArchive(await Archive.open(new FileStorage(folder)));

/** Every object that a reader needs. The head's second names go away first, or they would heal it. */
async function objects(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map((file) => relative(folder, join(file.parentPath, file.name)));
  const [seconds, needed] = [true, false].map((second) => names.filter((n) => n.startsWith('head.json.') === second));
  for (const name of seconds ?? []) await rm(join(folder, name));
  return needed ?? [];
}

/** The damage that opening or verifying an archive names. */
async function found(folder: string): Promise<string[]> {
  try {
    return (await verify(folder)).damage.map(({ message }) => message);
  } catch (error) {
    if (!(error instanceof RekindleError)) throw error;
    return [error.message];
  }
}

test('An intact archive has no damage, and verify counts what it read', async () => {
  const { folder } = await smallArchive(2, 3);
  const { damage, ...counted } = await verify(folder);
  assert.deepEqual(damage, []);
  assert.equal(counted.segments, 6);
  assert.equal(counted.records, 6 * RECORDS_PER_SEGMENT);
});

test('A changed byte anywhere in any object is found', async () => {
  const { folder } = await smallArchive(1, 2);
  const names = await objects(folder);
  assert.equal(names.length, 6, names.join());
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), place, fc.integer({ min: 1, max: 255 }), async (name, where, xor) => {
      const intact = await readFile(join(folder, name));
      const at = Math.floor(where * intact.length);
      const altered = Buffer.from(intact);
      altered.writeUInt8(altered.readUInt8(at) ^ xor, at);
      await writeFile(join(folder, name), altered);
      const damage = await found(folder);
      await writeFile(join(folder, name), intact);
      assert.notDeepEqual(damage, [], `${name}, byte ${at}`);
    }),
    { numRuns: 200 },
  );
  assert.deepEqual(await found(folder), []);
});

test('Each missing object is found, and so is each shortened one', async () => {
  const { folder } = await smallArchive(2, 2);
  for (const name of await objects(folder)) {
    const intact = await readFile(join(folder, name));
    await writeFile(join(folder, name), intact.subarray(0, -1));
    assert.notDeepEqual(await found(folder), [], `${name} shortened`);
    await rm(join(folder, name));
    assert.notDeepEqual(await found(folder), [], `${name} missing`);
    await writeFile(join(folder, name), intact);
  }
  assert.deepEqual(await found(folder), []);
});

test('Damage is named with its topic, partition, file and source offset, and the rest is verified all the same', async () => {
  const { folder } = await smallArchive(2, 3);
  const partition = join(folder, 'topics', TOPIC, 'cluster.topic-id', '1', '1');
  const log = join(partition, `${String(OFFSETS_PER_SEGMENT).padStart(20, '0')}.log`);
  const bytes = await readFile(log);
  for (const at of [100, bytes.length - 1]) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(log, bytes);
  await rm(join(partition, '00000000000000000000.log'));

  const { damage, segments } = await verify(folder);
  assert.equal(segments, 6);
  const places = damage.map(({ reason, partition, object, offset }) => ({ reason, partition, object, offset }));
  const object = '1/00000000000000000031.log';
  assert.deepEqual(places, [
    { reason: 'SegmentDamaged', partition: 1, object, offset: 31 },
    { reason: 'SegmentDamaged', partition: 1, object, offset: 31 + 23 },
    { reason: 'SegmentMissing', partition: 1, object: '1/00000000000000000000.log', offset: 0 },
  ]);
  assert.match(damage[0]?.message ?? '', /Topic orders, partition 1, 1\/0+31\.log .* source offset 31: .*checksum/);
});

test('A reader refuses a topic with a missing segment before it reads any', async () => {
  const { folder, storage } = await smallArchive(2, 3);
  await rm(join(folder, 'topics', TOPIC, 'cluster.topic-id', '0', '1', '00000000000000000031.log'));
  const archive = await Archive.open(storage);
  await assert.rejects(archive.topic(TOPIC), { reason: 'SegmentMissing' });
});

test('An index that was altered and still reads well is not believed', async () => {
  const { folder, storage } = await smallArchive(1, 1);
  const name = join(folder, 'topics', TOPIC, 'cluster.topic-id', '0', '1', '00000000000000000000.index');
  const index = await readFile(name, 'utf8');
  await writeFile(name, index.replace('"records":29', '"records":28'));
  const archive = await Archive.open(storage);
  await assert.rejects(archive.topic(TOPIC), { reason: 'IndexDamaged' });
});
