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
