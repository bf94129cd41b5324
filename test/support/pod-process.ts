import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, type ProcessIdentity } from '../../deploy/dev/process-identity.ts';

/**
 * The Node program of a pod, for signals from outside, as a kernel or an administrator of the node would send them: the
 * stack's nodes are this machine. Waits for the program if the pod is still starting.
 */
export async function programOf(podUid: string): Promise<ProcessIdentity> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await findProgramOf(podUid);
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, `pod ${podUid} runs no program on this machine`);
    await sleep(50);
  }
}

/** The pod's sandbox has a process too, which is none. */
async function findProgramOf(podUid: string): Promise<ProcessIdentity | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (!cgroup.includes(`/pod${podUid}/`)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.startsWith('node\0')) return identify(Number(pid));
  }
  return undefined;
}
