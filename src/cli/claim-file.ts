import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { claim as claimSchema, type Claim } from '../model/claim.ts';
import { RekindleError } from '../model/reasons.ts';
import { isCode, putInPlace, writable, writeSynced } from '../report/files.ts';

const claimFile = (folder: string): string => join(folder, 'claim.json');

/**
 * What a restore with this report folder has claimed before. The claim stays in the folder when the report is deleted,
 * so that a start from zero knows its own records.
 * @throws RekindleError `ReportDamaged`: without it, its own records would be taken for somebody else's; `ReportUnwritable`
 */
export async function readClaims(folder: string): Promise<Claim[]> {
  try {
    const text = await writable(folder, () => readFile(claimFile(folder), 'utf8'));
    return [claimSchema.parse(JSON.parse(text))];
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    if (error instanceof RekindleError) throw error;
    throw new RekindleError(
      'ReportDamaged',
      `${claimFile(folder)} cannot be read (${error instanceof Error ? error.message : String(error)}). It says what of the target is this restore's own: give this user access to it, or bring it back as it was. If nothing was ever restored with this folder, delete it.`,
      { cause: error },
    );
  }
}

/**
 * @param confirm throws when the claim is not to be written any more; asked at the last moment, since another process may
 *   have claimed more while this one was frozen
 * @throws RekindleError `ReportUnwritable`, and what `confirm` throws
 */
export async function writeClaim(folder: string, claim: Claim, confirm: () => Promise<void>): Promise<void> {
  await writable(folder, async () => {
    await mkdir(folder, { recursive: true });
    // Several processes may be at work on one report, before all but one of them learn of that.
    const temporary = `${claimFile(folder)}.${randomUUID()}.tmp`;
    try {
      await writeSynced(temporary, `${JSON.stringify(claim)}\n`);
      await confirm();
      await putInPlace(temporary, claimFile(folder));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}
