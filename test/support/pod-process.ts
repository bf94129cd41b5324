import { readdir, readFile } from 'node:fs/promises';
import { identify, type ProcessIdentity } from '../../deploy/dev/process-identity.ts';
import { eventually } from './eventually.ts';

/**
 * The Node program of a pod, for signals from outside, as a kernel or an administrator of the node would send them: the
 * stack's nodes are this machine. Waits for the program if the pod is still starting.
 */
export const programOf = (podUid: string): Promise<ProcessIdentity> =>
  eventually(`pod ${podUid} runs a program on this machine`, () => findProgramOf(podUid), { ms: 60_000 });

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
