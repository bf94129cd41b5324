// An S3 server serves as well as a folder: conditional writes, objects that appear as a whole, and the same archive.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { backUp } from '../../../src/archive/backup.ts';
import { probeConditionalWrites } from '../../../src/storage/conditional-writes.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { S3Storage } from '../../../src/storage/s3.ts';
import { ABSENT, NotFound, PreconditionFailed, type Storage } from '../../../src/storage/storage.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { bootstrapServers, connectToKafka, unusedName } from '../../support/kafka.ts';
import { contentOf } from '../../support/archived-records.ts';
import { GoldenTopic } from './golden-topic.ts';
import { newBucket } from '../../support/s3-bucket.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const location = await newBucket();
const storage = new S3Storage(location);

async function keys(of: Storage, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, size } of of.list(prefix)) found.push(`${key} ${size}`);
  return found.sort();
}

test('The server honours conditional writes, and the probe leaves nothing behind', async () => {
  await probeConditionalWrites(storage);
  assert.deepEqual(await keys(storage, 'probe/'), []);
});

test('Many writers of the same version: one succeeds', async () => {
  let etag = ABSENT;
  for (let round = 0; round < 3; round++) {
    const known = etag;
    const bodies = Array.from({ length: 8 }, (_, i) => Buffer.from(`${round} ${i}`));
    const results = await Promise.allSettled(bodies.map((body) => storage.putIfMatch('raced', body, known)));
    const winners = results.filter((result) => result.status === 'fulfilled');
    assert.equal(winners.length, 1);
    for (const result of results) {
      if (result.status === 'rejected') assert.ok(result.reason instanceof PreconditionFailed, String(result.reason));
    }
    ({ etag } = await storage.readVersioned('raced'));
    assert.equal(winners[0]?.value, etag);
  }
});

test('A conditional write that is repeated because its answer was lost has succeeded', async () => {
  const body = Buffer.from('ours');
  const etag = await storage.putIfMatch('repeated', body, ABSENT);
  assert.equal(await storage.putIfMatch('repeated', body, ABSENT), etag);
});

test('A large object arrives in parts and appears as a whole; what is given up never appears', async () => {
  const pieces = Array.from({ length: 21 }, () => randomBytes(1024 * 1024 + 7));
  for (const end of ['commit', 'abort'] as const) {
    const writer = await storage.writer(`large/${end}`);
    for (const piece of pieces) await writer.write(piece);
    await assert.rejects(storage.read(`large/${end}`), NotFound);
    await writer[end]();
  }
  const whole = Buffer.concat(pieces);
  assert.deepEqual(await keys(storage, 'large/'), [`large/commit ${whole.length}`]);
  assert.ok((await storage.read('large/commit')).equals(whole));
  const middle = await storage.read('large/commit', { start: 9_000_000, end: 9_000_010 });
  assert.deepEqual(middle, whole.subarray(9_000_000, 9_000_010));
  const tail = await storage.read('large/commit', { start: whole.length - 3, end: whole.length + 100 });
  assert.deepEqual(tail, whole.subarray(-3));
  assert.equal((await storage.read('large/commit', { start: whole.length, end: whole.length + 9 })).length, 0);
  const into = Buffer.alloc(64, 'x');
  assert.deepEqual(await storage.read('large/commit', { start: 5, end: 65, into }), whole.subarray(5, 65));
  assert.deepEqual(into, Buffer.concat([whole.subarray(5, 65), Buffer.from('xxxx')]));
  await storage.delete('large/commit');
  await storage.delete('large/commit');
  await assert.rejects(storage.read('large/commit'), NotFound);
});

test('A backup into S3 holds what one into a folder does, and goes on there', async () => {
  const cluster = await connectToKafka();
  after(() => cluster.close());
  const topic = await GoldenTopic.create(cluster, unusedName('s3'), 2);
  const folder = new FileStorage(await temporaryFolder('s3'));
  for (let run = 0; run < 2; run++) {
    await topic.append(0, 3);
    await topic.append(1, 1);
    for (const target of [storage, folder]) {
      const kafka = { 'bootstrap.servers': bootstrapServers() };
      await backUp({ kafka, topics: [topic.name], storage: target, segmentBytes: 500, logger: createLogger() });
    }
    assert.deepEqual(await contentOf(storage, topic.name), await contentOf(folder, topic.name));
  }
});

test('A bucket that is not there, wrong credentials and a server that is away are told apart', async () => {
  const elsewhere = new S3Storage({ ...location, bucket: unusedName('nowhere') });
  await assert.rejects(elsewhere.putIfMatch('head.json', Buffer.from(''), ABSENT), {
    reason: 'InvalidConfiguration',
    message: /no such bucket/,
  });
  await assert.rejects(elsewhere.readVersioned('head.json'), { reason: 'InvalidConfiguration' });
  const away = new S3Storage({ ...location, endpoint: 'http://127.0.0.1:9' });
  await assert.rejects(away.readVersioned('head.json'), { reason: 'StorageUnreachable' });
  const secret = process.env['AWS_SECRET_ACCESS_KEY'];
  process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
  const refused = new S3Storage(location);
  await assert.rejects(refused.readVersioned('head.json'), { reason: 'NotAuthorized', message: /AWS_ACCESS_KEY_ID/ });
  process.env['AWS_SECRET_ACCESS_KEY'] = secret;
});
