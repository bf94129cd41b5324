import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Deletes the report, as deleting its volume does; the claim is kept, as the operator's is. */
export async function deleteReport(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== 'claim.json') await rm(join(folder, name));
}
