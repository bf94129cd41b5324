import { execa } from 'execa';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPart, stopPart } from '../deploy/dev/parts.ts';
import { isRunning } from '../deploy/dev/servers.ts';
import { readStack } from '../deploy/dev/state.ts';

/** Milliseconds between two looks. */
const EVERY_MS = 10_000;

/**
 * Restarts the stack's Temporal when its database is stuck. The development server has one connection to SQLite; when many
 * clients are killed in the middle of a request that may stay interrupted for ever, and every request fails from then on.
 * @returns ends it
 */
export function keepTemporal(): () => Promise<void> {
  const over = new AbortController();
  const keeping = keep(over.signal);
  return async () => {
    over.abort();
    const restarts = await keeping;
    if (restarts > 0) console.log(`# Temporal was restarted ${restarts} times: what failed may have failed by that`);
  };
}

/** @returns how often it was restarted */
async function keep(signal: AbortSignal): Promise<number> {
  for (let restarts = 0; ;) {
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return restarts;
    if (!isRunning('temporal') || !(await isStuck())) continue;
    console.log('# Temporal has lost its database (SQLite: interrupted) and is restarted');
    await stopPart('temporal');
    await startPart('temporal');
    restarts += 1;
  }
}

async function isStuck(): Promise<boolean> {
  const { cli, namespace, address } = readStack('temporal').temporal;
  const where = ['--address', address.host, '--command-timeout', '5s'];
  const { stderr } = await execa(cli, ['operator', 'namespace', 'describe', namespace, ...where], { reject: false });
  return stderr.includes('interrupted (9)');
}
