// Every server of the local stack gets a port of its own that nothing else listens on, and keeps it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { choosePort, unusedPort } from '../../../deploy/dev/ports.ts';

const allFree = () => Promise.resolve(true);

test('the same checkout begins to look at the same place, another one elsewhere', async () => {
  const first = await choosePort(new Set(), '/home/a/rekindle', allFree);
  assert.equal(await choosePort(new Set(), '/home/a/rekindle', allFree), first);
  assert.notEqual(await choosePort(new Set(), '/home/b/rekindle', allFree), first);
});

test('ports that are in use, reserved or looked at before are passed over', async () => {
  const first = await choosePort(new Set(), 'seed', allFree);
  const avoided = new Set([first + 1]);
  const busy = (port: number) => Promise.resolve(port !== first && port !== first + 2);
  assert.equal(await choosePort(avoided, 'seed', busy), first + 3);
});

test('two that look at the same time choose different ports', async () => {
  const avoided = new Set<number>();
  const chosen = await Promise.all([1, 2, 3].map(() => choosePort(avoided, 'seed', allFree)));
  assert.equal(new Set(chosen).size, 3);
});

test('ports stay below node ports and outgoing connections, also past the end of the range', async () => {
  const lowest = await choosePort(new Set(), 'seed', (port) => Promise.resolve(port < 20_010));
  assert.ok(lowest >= 20_000 && lowest < 20_010, String(lowest));
});

test('when nothing is free it says so', async () => {
  await assert.rejects(
    choosePort(new Set(), 'seed', () => Promise.resolve(false)),
    /No port between 20000 and 29999 is free/,
  );
});

test('what one process was given is not given to another one, though nothing listens there yet', async () => {
  const ours = [await unusedPort(), await unusedPort(), await unusedPort()];
  const ports = join(import.meta.dirname, '../../../deploy/dev/ports.ts');
  const other = `console.log(await (await import(${JSON.stringify(ports)})).unusedPort())`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', other]);
  assert.ok(Number(stdout) > 0, stdout);
  assert.ok(!ours.includes(Number(stdout)), `${stdout} was given already`);
});
