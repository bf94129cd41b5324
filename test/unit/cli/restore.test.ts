// `rekindle restore` ends as it was told to, and says so, whatever else is in its way.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readReport } from '../../../src/report/reading.ts';
import { refusedRestore, restoreArguments, startRekindle, type RestoreArguments } from '../../support/rekindle.ts';
import { smallArchive, TOPIC } from '../archive/small-archive.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A restore into a cluster that is not there: nobody listens on port 1. */
async function towardsNobody(): Promise<RestoreArguments> {
  const { folder } = await smallArchive(1, 1);
  const report = join(await temporaryFolder('report'), 'report');
  return { from: `file:${folder}`, to: '127.0.0.1:1', topics: [TOPIC], report };
}

test('Ctrl-C while it waits for Kafka is an interruption: no failure, and no success either', async () => {
  const args = await towardsNobody();
  const running = startRekindle(restoreArguments(args));
  let said = '';
  running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  while (!said.includes('KafkaUnreachable') && running.exitCode === null) await sleep(20);
  running.kill('SIGINT');
  await assert.rejects(running, {
    exitCode: 3,
    stdout: /"restore":"interrupted"/,
    stderr: /^Cancelled: .*Run it again with the same report/m,
  });
  const report = await readReport(args.report);
  assert.equal(report?.state, 'Opened');
  assert.equal(report.attempts.at(-1)?.outcome, 'Cancelled');
});

test('A report that cannot take down why the restore ends does not hide it', async () => {
  const args = await towardsNobody();
  await mkdir(join(args.report, 'errors.1.ndjson'), { recursive: true });
  const words = await refusedRestore({ ...args, to: 'nowhere:port' });
  assert.match(words, /^InvalidConfiguration: .*nowhere:port/m);
  assert.match(words, /errors\.1\.ndjson/);
});

test('A claim that cannot be read is not taken for no claim', async () => {
  const args = await towardsNobody();
  await mkdir(args.report, { recursive: true });
  await writeFile(join(args.report, 'claim.json'), '{"clusterId":');
  assert.match(await refusedRestore(args), /^ReportDamaged: .*claim\.json cannot be read/m);
});

test('A store that is away as it begins asks for nobody: the command is to be run again', async () => {
  const args = await towardsNobody();
  const away = ['--s3-endpoint', 'http://127.0.0.1:1', '--s3-region', 'us-east-1', '--s3-path-style'];
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  const running = startRekindle([...restoreArguments({ ...args, from: 's3://bucket/prefix' }), ...away], keys);
  await assert.rejects(running, { exitCode: 3, all: /^StorageUnreachable: /m });
});
