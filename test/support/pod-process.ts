import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Sends a signal to the program of a pod from outside, as a kernel or an administrator of the node would. The stack's
 * nodes are this machine. Waits for the program if the pod is still starting.
 * @returns its pid
 */
export async function signalProgramOf(podUid: string, signal: NodeJS.Signals): Promise<number> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const pid = await programOf(podUid);
    if (pid !== undefined) {
      process.kill(pid, signal);
      return pid;
    }
    assert.ok(Date.now() < deadline, `pod ${podUid} runs no program on this machine`);
    await sleep(50);
  }
}

/** The pid of the pod's Node program; its sandbox has a process too, which is none. */
export async function programOf(podUid: string): Promise<number | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (!cgroup.includes(`/pod${podUid}/`)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.startsWith('node\0')) return Number(pid);
  }
  return undefined;
}
