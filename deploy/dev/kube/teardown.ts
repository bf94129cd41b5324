import { execa } from 'execa';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, type ProcessIdentity } from '../process-identity.ts';
import { signal } from '../server.ts';
import type { NodeLayout } from './layout.ts';

/** Stops every pod through containerd, which must serve; the kubelet, which would start them again, must be gone. */
export async function stopPods(programs: string, { containerdSocket }: NodeLayout): Promise<void> {
  await execa(join(programs, 'stop-pods'), [`unix://${containerdSocket}`]);
}

/** The processes that hold containers of the node's containerd; they live on when it dies. */
export function shims({ containerdSocket }: NodeLayout): ProcessIdentity[] {
  return readdirSync('/proc').flatMap((entry) => {
    const identity = /^\d+$/.test(entry) ? identify(Number(entry)) : undefined;
    return identity !== undefined && isShim(entry, containerdSocket) ? [identity] : [];
  });
}

/** Ends what was left behind of the node's containers and mounts; its containerd must be gone. */
export async function cleanNode(node: NodeLayout): Promise<void> {
  for (const shim of shims(node)) signal(shim, 'SIGKILL');
  // The innermost first.
  for (const mount of mountsBelow(node.folder).reverse()) {
    await execa('umount', ['--lazy', mount], { reject: false });
  }
}

/** Takes back the rules that make the addresses of services work. */
export async function cleanRules(programs: string): Promise<void> {
  await execa(join(programs, 'kube-proxy'), ['--cleanup'], { reject: false });
}

function isShim(pid: string, containerdSocket: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return (words[0] ?? '').includes('containerd-shim') && words.includes(containerdSocket);
  } catch {
    return false;
  }
}

function mountsBelow(folder: string): string[] {
  // The fifth field is the mount point.
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`));
}
