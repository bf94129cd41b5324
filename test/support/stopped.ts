import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { startRekindle } from './rekindle.ts';

/** Waits until a process has frozen itself at its step, for half a minute. */
export async function untilStopped(running: ReturnType<typeof startRekindle>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const stat = await readFile(`/proc/${running.pid ?? 0}/stat`, 'utf8');
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')) return;
    await sleep(100);
  }
  throw new Error('the process never froze');
}
