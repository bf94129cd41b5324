import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';

/** Enough for the reports of one scenario, and soon full. */
export const reportVolumeBytes = 4 * 1024 * 1024;

/** A volume of its own for a report, in memory. @returns takes it away again */
export async function mountVolume(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${reportVolumeBytes}`, 'rekindle-chaos', folder]);
  return async () => {
    await execa('umount', ['--lazy', folder]);
  };
}

/** Only root can mount. */
