import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, type ProcessIdentity } from '../process-identity.ts';

const ROOT = '/sys/fs/cgroup';

/** Makes the control group: in each hierarchy of version 1, with all controllers in version 2. A kubelet wants it there. */
export async function makeControlGroup(path: string): Promise<void> {
  const available = join(ROOT, 'cgroup.controllers');
  if (!existsSync(available)) {
    for (const hierarchy of await readdir(ROOT)) await mkdir(join(ROOT, hierarchy, path), { recursive: true });
    return;
  }
  await mkdir(join(ROOT, path), { recursive: true });
  const controllers = readFileSync(available, 'utf8').trim().split(' ');
  const all = controllers.map((controller) => `+${controller}`).join(' ');
  for (const group of ['', path]) await writeFile(join(ROOT, group, 'cgroup.subtree_control'), all);
}

/**
 * So much of a busy processor as this many processes of the machine have. By itself a node's control group has as much as
 * one process for each processor, and a test run has dozens: pods would wait for them as they never do on a machine of
 * their own.
 */
const PROCESSES = 16;

/** Gives the control group that share of the processors, if it has less. Without such a control pods are slower at worst. */
export async function prefer(path: string): Promise<void> {
  const shares = join(ROOT, 'cpu', path, 'cpu.shares');
  const [file, ofOne] = existsSync(shares) ? [shares, 1024] : [join(ROOT, path, 'cpu.weight'), 100];
  if (!existsSync(file)) return;
  if (Number(readFileSync(file, 'utf8')) < ofOne * PROCESSES) await writeFile(file, `${ofOne * PROCESSES}`);
}

/** The processes in the control group and in those below it. */
export function processesIn(path: string): ProcessIdentity[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || !groupsOf(entry).some((group) => group.startsWith(`${path}/`))) return [];
    return identify(Number(entry)) ?? [];
  });
}

/** `hierarchy:controllers:path`, a line each; none for a process that has just ended. */
function groupsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .map((line) => line.split(':').slice(2).join(':'));
  } catch {
    return [];
  }
}
