import { execa } from 'execa';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './folders.ts';
import { StackError } from './stack-error.ts';

/** Buildah's own storage, apart from a person's. */
const storage = join(cacheFolder, 'buildah');

/** `OVERLAYFS_SUPER_MAGIC` of Linux. */
const OVERLAY = 0x794c7630;

/** Runs one buildah command and returns what it printed. Needs no container engine: chroot is all its isolation. */
export async function buildah(...args: string[]): Promise<string> {
  await mkdir(storage, { recursive: true });
  // Inside of a container an overlay cannot lie on the container's own: then each layer is a whole copy.
  const driver = (await statfs(storage)).type === OVERLAY ? 'vfs' : 'overlay';
  const own = ['--root', join(storage, driver), '--runroot', join(storage, 'run'), '--storage-driver', driver];
  const { exitCode, stdout, stderr } = await execa('buildah', [...own, ...args], {
    env: { BUILDAH_ISOLATION: 'chroot' },
    reject: false,
  });
  if (exitCode !== 0) throw new StackError(`buildah ${args[0] ?? ''} failed: ${stderr.trim() || stdout.trim()}`);
  return stdout.trim();
}
