import { execa } from 'execa';
import { mkdir, open } from 'node:fs/promises';

/** Enough for the reports of one test, and soon full. */
const VOLUME_BYTES = 4 * 1024 * 1024;

/** A volume of its own for a report, in memory; only root can mount. @returns takes it away again */
export async function mountVolume(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${VOLUME_BYTES}`, 'rekindle-report', folder]);
  return async () => {
    await execa('umount', ['--lazy', folder]);
  };
}

/** Fills the volume by this file. */
export async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  const page = Buffer.alloc(4_096);
  try {
    for (let written = 0; written < VOLUME_BYTES; written += page.length) await file.write(page);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    await file.close();
  }
}
