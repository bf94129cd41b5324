import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RekindleError } from '../model/reasons.ts';
import type { Report } from '../model/report.ts';
import { isCode } from './files.ts';
import { storedReport, whole, type Settled, type StoredReport, type Whole } from './stored.ts';

/** File of an epoch's document. */
export const nameOf = (epoch: number): string => `report.${epoch}.json`;

const epochOf = (name: string): number | null => {
  const match = /^report\.(\d+)\.json$/.exec(name);
  return match ? Number(match[1]) : null;
};

/** The newest valid report of a folder, or null. Reads only; for people's tools. */
export async function readReport(folder: string): Promise<Report | null> {
  return (await readNewest(folder, new WeakMap())).newest?.report ?? null;
}

/** The newest valid report of a folder with its runs, and the epochs of all that are there. */
export async function readNewest(
  folder: string,
  settled: Settled,
): Promise<{ newest: Whole | null; epochs: number[] }> {
  const epochs = await listEpochs(folder);
  for (const epoch of epochs.toSorted((a, b) => b - a)) {
    const document = await readStored(join(folder, nameOf(epoch)));
    const newest = document && (await whole(folder, document, settled));
    if (newest) return { newest, epochs };
  }
  if (epochs.length > 0) {
    throw new RekindleError(
      'ReportDamaged',
      `None of the reports in ${folder} (epochs ${epochs.join(', ')}) can be read. To start from zero, delete the report's volume (or the folder) and start again; to go on, restore one of these files.`,
    );
  }
  return { newest: null, epochs };
}

/** In no order. */
export async function listEpochs(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    return names.map(epochOf).filter((epoch) => epoch !== null);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** A torn or foreign file is not a report, nor is one that was deleted meanwhile: null, and the epoch before it counts. */
export async function readStored(path: string): Promise<StoredReport | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  });
  try {
    return storedReport.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** By epoch: what tells one version of its document from the next. */
export async function versionsOf(folder: string): Promise<Map<number, string>> {
  const versions = new Map<number, string>();
  for (const epoch of await listEpochs(folder)) {
    try {
      const { ino, mtimeNs } = await stat(join(folder, nameOf(epoch)), { bigint: true });
      versions.set(epoch, `${ino} ${mtimeNs}`);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
  return versions;
}
