// The local stack never takes another process for one of its own, and never works twice at the same time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exclusively } from '../../../deploy/dev/lock.ts';
import { identify, identityIn, isAlive } from '../../../deploy/dev/process-identity.ts';
import { launch, terminate, type Server } from '../../../deploy/dev/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a process is known by its pid and its start', () => {
  const own = identify(process.pid);
  assert.ok(own !== undefined && isAlive(own));
  assert.ok(!isAlive({ ...own, startTicks: own.startTicks + 1 }), 'a later process with the same pid is another one');
});

test('a process that ended is dead even while nobody has asked for its exit code', async (t) => {
  // The shell starts a child and becomes a program that never reaps it, before the child ends.
  const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => shell.kill('SIGKILL'));
  const printed = await createInterface({ input: shell.stdout })[Symbol.asyncIterator]().next();
  const pid = Number(printed.value);
  const deadline = Date.now() + 5000;
  while (identify(pid) !== undefined && Date.now() < deadline) await sleep(10);
  assert.equal(identify(pid), undefined);
  assert.ok(existsSync(`/proc/${pid}`), 'its remains are still there');
});

test('of a process whose first thread has ended others may still hold its ports', () => {
  const stat = (state: string, threads: number): string =>
    `7 (a (b) c) ${state} 1 7 7 0 -1 4228364 0 0 0 0 0 0 0 0 20 0 ${threads} 0 4711 0 0`;
  assert.deepEqual(identityIn(7, stat('S', 3)), { pid: 7, startTicks: 4711 });
  assert.deepEqual(identityIn(7, stat('Z', 2)), { pid: 7, startTicks: 4711 });
  assert.equal(identityIn(7, stat('Z', 1)), undefined);
});

test('a server outlives SIGTERM no longer than its stop time', async () => {
  const folder = await temporaryFolder('process');
  const stubborn: Server = {
    name: 'stubborn',
    command: ['sh', '-c', 'trap "" TERM; echo started; while :; do sleep 0.05; done'],
    cwd: folder,
    env: {},
    log: join(folder, 'logs', 'stubborn.log'),
    ready: { kind: 'tcp', host: '127.0.0.1', port: 1 },
    stopSeconds: 0.3,
  };
  const running = await launch(stubborn);
  while (!(await readFile(stubborn.log, 'utf8')).includes('started')) await sleep(10);
  const before = Date.now();
  await terminate(stubborn, running);
  assert.ok(Date.now() - before >= 300, 'it had its time');
  assert.ok(!isAlive(running));
});

test('the second one waits until the first has finished', { timeout: 5000 }, async () => {
  const file = join(await temporaryFolder('process'), 'lock');
  const events: string[] = [];
  const work = (name: string) =>
    exclusively(file, async () => {
      events.push(`${name} begins`);
      await sleep(50);
      events.push(`${name} ends`);
    });
  await Promise.all([work('a'), work('b')]);
  assert.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a holder that died without letting go does not block', { timeout: 5000 }, async () => {
  const file = join(await temporaryFolder('process'), 'lock');
  const own = identify(process.pid);
  await writeFile(file, JSON.stringify({ pid: process.pid, startTicks: (own?.startTicks ?? 0) - 1 }));
  assert.equal(await exclusively(file, () => Promise.resolve('worked')), 'worked');
});
