import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { liesOnOverlay } from './file-system.ts';
import { cacheFolder } from './folders.ts';
import { StackError } from './stack-error.ts';

/** Buildah's own storage, apart from a person's. */
const storage = join(cacheFolder, 'buildah');

/** Runs one buildah command and returns what it printed. Needs no container engine: chroot is all its isolation. */
export async function buildah(...args: string[]): Promise<string> {
  await mkdir(storage, { recursive: true });
  // Without overlays each layer is a whole copy.
  const driver = liesOnOverlay(storage) ? 'vfs' : 'overlay';
  const own = ['--root', join(storage, driver), '--runroot', join(storage, 'run'), '--storage-driver', driver];
  const { exitCode, stdout, stderr } = await execa('buildah', [...own, ...args], {
    env: { BUILDAH_ISOLATION: 'chroot' },
    reject: false,
  });
  if (exitCode !== 0) throw new StackError(`buildah ${args[0] ?? ''} failed: ${stderr.trim() || stdout.trim()}`);
  return stdout.trim();
}
