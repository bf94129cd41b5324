import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RekindleError } from '../model/reasons.ts';
import { writable } from '../report/files.ts';
import { createVersion, readVersion } from '../storage/file-versions.ts';
import { PreconditionFailed } from '../storage/storage.ts';

const file = (folder: string): string => join(folder, 'restore-id');

/**
 * The id of the restore that begins in this folder, for the time in which neither a report nor a claim says it: whoever
 * begins at the same time gets the same one.
 * @throws RekindleError `ReportUnwritable`, `ReportDamaged`
 */
export async function restoreIdIn(folder: string): Promise<string> {
  return await writable(folder, async () => {
    await mkdir(folder, { recursive: true });
    for (;;) {
      await createIfMissing(folder);
      const id = (await readVersion(file(folder)))?.body.toString().trim();
      if (id === undefined) continue; // forgotten in between
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
      throw new RekindleError('ReportDamaged', `${file(folder)} holds no id of a restore: delete it.`);
    }
  });
}

async function createIfMissing(folder: string): Promise<void> {
  try {
    await createVersion(file(folder), Buffer.from(`${randomUUID()}\n`));
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
  }
}

/** Once the report has the id: whoever deletes the report and the claim begins another restore. */
export async function forgetRestoreId(folder: string): Promise<void> {
  await writable(folder, () => rm(file(folder), { force: true }));
}
