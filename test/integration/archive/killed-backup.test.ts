// A backup that dies after any write step leaves an archive that reads well, and run again it ends with what an
// undisturbed one would have; two at once damage nothing.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { backUp, type TopicBackup } from '../../../src/archive/backup.ts';
import { Archive } from '../../../src/archive/reader.ts';
import type { SessionOptions } from '../../../src/archive/session.ts';
import { verifyArchive } from '../../../src/archive/verify.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { writeRecords } from '../../support/topics.ts';
import { contentOf } from '../../support/archived-records.ts';
import { DyingStorage } from './dying-storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const topic = unusedName('killed');
let undisturbed: unknown;
const dead: DyingStorage[] = [];
after(() => Promise.all(dead.map((storage) => storage.bury())));

/** Default: most writers here are dead, and are waited for in vain. */
function backup(storage: Storage, { renewMs = 1_000, patienceMs = 50 }: SessionOptions = {}): Promise<TopicBackup[]> {
  return backUp({
    kafka: { 'bootstrap.servers': bootstrapServers() },
    topics: [topic],
    storage,
    segmentBytes: 40_000,
    renewMs,
    patienceMs,
    logger: createLogger(),
  });
}

/** Runs a backup that dies after a number of write steps; true when it was done before. */
async function survives(folder: string, steps: number): Promise<boolean> {
  const storage = new DyingStorage(new FileStorage(folder), steps);
  dead.push(storage);
  try {
    await backup(storage);
    return true;
  } catch (error) {
    if (storage.alive) throw error;
    return false;
  }
}

/** Whatever a killed backup left must read well. */
async function readsWell(folder: string, when: string): Promise<void> {
  try {
    const { damage } = await verifyArchive(await Archive.open(new FileStorage(folder)));
    assert.deepEqual(damage, [], when);
  } catch (error) {
    if (!(error instanceof RekindleError) || error.reason !== 'ArchiveMissing') throw error;
  }
}

before(async () => {
  await writeRecords({ bootstrap: bootstrapServers(), topic, partitions: 2, records: 400, recordBytes: 200 });
  const folder = await temporaryFolder('killed-backup');
  await backup(new FileStorage(folder));
  undisturbed = await contentOf(new FileStorage(folder), topic);
});

test('Killed after each write step, and run again', async () => {
  let steps = 1;
  for (; ; steps++) {
    const folder = await temporaryFolder('killed-backup');
    if (await survives(folder, steps)) break;
    await readsWell(folder, `killed after step ${steps}`);
    await backup(new FileStorage(folder));
    assert.deepEqual(await contentOf(new FileStorage(folder), topic), undisturbed, `killed after step ${steps}`);
  }
  assert.ok(steps > 30, `${steps} steps`);
});

test('Killed again and again, each time a little later, in one archive', async () => {
  const folder = await temporaryFolder('killed-backup');
  let kills = 0;
  while (!(await survives(folder, 8 + 3 * kills))) {
    kills += 1;
    await readsWell(folder, `after kill ${kills}`);
  }
  assert.ok(kills > 5, `${kills} kills`);
  const written = dead.slice(-kills - 1).flatMap((storage) => storage.written);
  assert.equal(new Set(written).size, written.length, 'no two runs wrote to the same name');
  assert.deepEqual(await contentOf(new FileStorage(folder), topic), undisturbed);
  const files = await readdir(folder, { recursive: true });
  const { segments } = await verifyArchive(await Archive.open(new FileStorage(folder)));
  assert.equal(files.filter((file) => file.endsWith('.index')).length, segments, 'nothing of the killed ones is left');
  assert.deepEqual(
    files.filter((file) => /\.log\..*\.partial$/.test(file)),
    [],
  );
});

test('Of two backups at once the second is refused, and the archive is as after one', async () => {
  const folder = await temporaryFolder('killed-backup');
  const held = new Held(new FileStorage(folder));
  const first = backup(held, { renewMs: 20 });
  await held.claimed;
  // Within the patience the first renews its claim many times, on a slow disk too.
  const second = backup(new FileStorage(folder), { patienceMs: 2_000 }).finally(() => held.release());
  const refusal = { reason: 'ArchiveInUse', message: /has been writing it since/ };
  await Promise.all([assert.rejects(second, refusal), first]);
  assert.deepEqual(await contentOf(new FileStorage(folder), topic), undisturbed);
});

test('A backup that was frozen while another one took over is refused when it wakes up', async () => {
  const folder = await temporaryFolder('killed-backup');
  const frozen = new Held(new FileStorage(folder));
  const first = backup(frozen, { renewMs: 1_000_000 });
  await frozen.claimed;
  const second = backup(new FileStorage(folder)).finally(() => frozen.release());
  await Promise.all([second, assert.rejects(first, { reason: 'ArchiveInUse' })]);
  assert.deepEqual(await contentOf(new FileStorage(folder), topic), undisturbed);
});

/** A storage in which no segment is begun until it is released; the head is written all along. */
class Held extends DyingStorage {
  readonly claimed: Promise<void>;
  readonly release: () => void;
  private readonly onClaimed: () => void;
  private readonly released: Promise<void>;

  constructor(storage: Storage) {
    super(storage, Infinity);
    const [claiming, releasing] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    this.claimed = claiming.promise;
    this.released = releasing.promise;
    this.onClaimed = (): void => claiming.resolve(undefined);
    this.release = (): void => releasing.resolve(undefined);
  }

  override async putIfMatch(key: string, body: Buffer, etag: string): Promise<string> {
    const written = await super.putIfMatch(key, body, etag);
    if (key === 'head.json') this.onClaimed();
    return written;
  }

  override async writer(key: string): ReturnType<DyingStorage['writer']> {
    if (key.endsWith('.log')) await this.released;
    return super.writer(key);
  }
}
