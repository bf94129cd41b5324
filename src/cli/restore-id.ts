import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writable } from '../report/files.ts';
import { createVersion } from '../storage/file-versions.ts';
import { PreconditionFailed } from '../storage/storage.ts';

/**
 * The id of the restore that has this report folder, for as long as neither a report nor a claim says it. Processes that
 * begin at the same time get the same one.
 * @throws RekindleError `ReportUnwritable`
 */
export async function restoreIdIn(folder: string): Promise<string> {
  const file = join(folder, 'restore-id');
  await writable(folder, async () => {
    await mkdir(folder, { recursive: true });
    try {
      await createVersion(file, Buffer.from(`${randomUUID()}\n`));
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  });
  return (await readFile(file, 'utf8')).trim();
}
