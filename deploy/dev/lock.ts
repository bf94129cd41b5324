import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, processIdentity } from './process-identity.ts';

/**
 * Runs `work` while no other process runs its own under the same lock file. A holder that died without letting go does
 * not count. Waits for as long as the holder lives.
 */
export async function exclusively<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  while (!take(file)) {
    dropIfHolderDied(file);
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  // A link appears with its content in one step: nobody reads a lock that is not yet filled in.
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    linkSync(mine, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function dropIfHolderDied(file: string): void {
  try {
    if (isAlive(processIdentity.parse(JSON.parse(readFileSync(file, 'utf8'))))) return;
    renameSync(file, `${file}.stale`);
  } catch {
    // Let go in the meantime.
  }
}
