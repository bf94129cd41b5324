import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RekindleError } from '../model/reasons.ts';
import type { Report } from '../model/report.ts';
import { isCode, writable } from './files.ts';
import { storedReport, whole, type Settled, type StoredReport, type Whole } from './stored.ts';

/** File of an epoch's document. */
export const nameOf = (epoch: number): string => `report.${epoch}.json`;

const epochOf = (name: string): number | null => {
  const match = /^report\.(\d+)\.json$/.exec(name);
  return match ? Number(match[1]) : null;
};

/** What a folder holds. */
export interface Found {
  /** The newest valid report with its runs; null if there is none. */
  readonly newest: Whole | null;
  /** How many of its runs stand in files. */
  readonly settled: Settled;
  /** Epochs of all documents that are there, in no order. */
  readonly epochs: readonly number[];
}

/** The newest valid report of a folder, or null. Reads only; for people's tools. */
export async function readReport(folder: string): Promise<Report | null> {
  return (await readNewest(folder)).newest?.report ?? null;
}

/**
 * @param before epoch: only what earlier ones have written
 * @throws RekindleError `ReportDamaged` when there are reports and none can be read, `ReportUnwritable`
 */
export async function readNewest(folder: string, before = Infinity): Promise<Found> {
  return await writable(folder, () => newestIn(folder, before));
}

async function newestIn(folder: string, before: number): Promise<Found> {
  const settled: Settled = new WeakMap();
  const epochs = (await listEpochs(folder)).filter((epoch) => epoch < before);
  for (const epoch of epochs.toSorted((a, b) => b - a)) {
    const document = await readStored(join(folder, nameOf(epoch)));
    const newest = document && (await whole(folder, document, settled));
    if (newest) return { newest, settled, epochs };
  }
  if (epochs.length > 0) {
    throw new RekindleError(
      'ReportDamaged',
      `None of the reports in ${folder} (epochs ${epochs.join(', ')}) can be read. To start from zero, delete the report's volume (or the folder) and start again; to go on, restore one of these files.`,
    );
  }
  return { newest: null, settled, epochs };
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
async function readStored(path: string): Promise<StoredReport | null> {
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
