import { execa } from 'execa';
import { layoutOf, type NodeName } from './layout.ts';

/** Makes the images of this archive known to a node. */
export async function importImages(archive: string, node: NodeName = 'node1'): Promise<void> {
  await ctr(node, 'images', 'import', archive);
}

/** Digests of all that the first node has. */
export async function knownContent(): Promise<Set<string>> {
  return new Set(await ctr('node1', 'content', 'list', '--quiet'));
}

/** Makes all images of the first node known to another one. @param archive file in between */
export async function copyImages(to: NodeName, archive: string): Promise<void> {
  const names = (await ctr('node1', 'images', 'list', '--quiet')).filter((name) => name.startsWith('localhost/'));
  await ctr('node1', 'images', 'export', archive, ...names);
  await importImages(archive, to);
}

/** The lines that containerd's own client prints. */
async function ctr(node: NodeName, ...args: string[]): Promise<string[]> {
  const { containerdSocket } = layoutOf(node);
  const { stdout } = await execa('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', ...args]);
  return stdout.split('\n');
}
