import { readFile } from 'node:fs/promises';
import { eventually } from './eventually.ts';
import type { startRekindle } from './rekindle.ts';

/** Waits until a process has frozen itself at its step, for half a minute. */
export async function untilStopped(running: ReturnType<typeof startRekindle>): Promise<void> {
  await eventually('the process is frozen', async () => {
    const stat = await readFile(`/proc/${running.pid ?? 0}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  });
}
