import { appendFile, link, mkdir, open, readdir, readFile, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { RekindleError } from '../model/reasons.ts';
import { report, type Report } from '../model/report.ts';

const nameOf = (epoch: number): string => `report.${epoch}.json`;
const epochOf = (name: string): number | null => {
  const match = /^report\.(\d+)\.json$/.exec(name);
  return match ? Number(match[1]) : null;
};

/** Steps of an atomic write, in order; a test stops the process after each. */
export type WriteStep = 'temporary-written' | 'renamed';

/**
 * The report folder, as one writer sees it. Whoever opens takes the next epoch by exclusive creation and from then on
 * touches only the files of that epoch, so a writer that was thought dead and wakes up can overwrite nothing.
 *
 * Every write is a temporary file, fsync, rename, fsync of the folder: a reader finds the old or the new document.
 */
export class ReportStore {
  readonly folder: string;
  readonly epoch: number;
  private readonly onStep: (step: WriteStep) => void | Promise<void>;

  private constructor(folder: string, epoch: number, onStep: (step: WriteStep) => void | Promise<void>) {
    this.folder = folder;
    this.epoch = epoch;
    this.onStep = onStep;
  }

  /**
   * Opens the folder for writing (it is created when missing) and returns the newest valid report of an earlier epoch.
   * @param first makes the first document of the new epoch from the previous one (null on a start from zero)
   * @throws RekindleError `ReportUnwritable` (no space, read-only …), and whatever `first` throws; then no epoch is taken
   */
  static async open(
    folder: string,
    first: (previous: Report | null, epoch: number) => Report | Promise<Report>,
    onStep: (step: WriteStep) => void | Promise<void> = () => undefined,
  ): Promise<{ store: ReportStore; current: Report }> {
    await writable(folder, () => mkdir(folder, { recursive: true }));
    for (;;) {
      const { newest, epochs } = await readNewest(folder);
      const epoch = Math.max(0, ...epochs) + 1;
      const store = new ReportStore(folder, epoch, onStep);
      const current = await first(newest, epoch);
      if (!(await store.create(current))) continue; // somebody else took this epoch in between: look again
      await store.pointTo();
      return { store, current };
    }
  }

  /** Replaces this epoch's document. @throws RekindleError `ReportUnwritable` */
  async write(document: Report): Promise<void> {
    await writable(this.folder, async () => {
      await this.writeTemporary(document);
      await this.onStep('temporary-written');
      await rename(this.temporary, join(this.folder, nameOf(this.epoch)));
      await syncFolder(this.folder);
      await this.onStep('renamed');
    });
  }

  /** Appends one line to this epoch's error log. @throws RekindleError `ReportUnwritable` */
  async appendError(line: { at: string; reason: string; message: string }): Promise<void> {
    await writable(this.folder, () =>
      appendFile(join(this.folder, `errors.${this.epoch}.ndjson`), `${JSON.stringify(line)}\n`),
    );
  }

  /** The highest epoch in the folder: greater than ours once somebody else has taken over. */
  async newestEpoch(): Promise<number> {
    const { epochs } = await listEpochs(this.folder);
    return Math.max(0, ...epochs);
  }

  private get temporary(): string {
    return join(this.folder, `.report.${this.epoch}.json.tmp`);
  }

  /** Exclusive creation, with content from the first moment on: a hard link fails when the name is taken. */
  private async create(document: Report): Promise<boolean> {
    return await writable(this.folder, async () => {
      const mine = `${this.temporary}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      await writeSynced(mine, document);
      try {
        await link(mine, join(this.folder, nameOf(this.epoch)));
      } catch (error) {
        if (isCode(error, 'EEXIST')) return false;
        throw error;
      } finally {
        await unlink(mine);
      }
      await syncFolder(this.folder);
      return true;
    });
  }

  /** `report.json` is a link to the newest epoch's file, for people; readers take the highest valid epoch. */
  private async pointTo(): Promise<void> {
    await writable(this.folder, async () => {
      const next = `${this.temporary}.link`;
      await unlink(next).catch(() => undefined);
      await symlink(nameOf(this.epoch), next);
      await rename(next, join(this.folder, 'report.json'));
      await syncFolder(this.folder);
    });
  }

  private async writeTemporary(document: Report): Promise<void> {
    await writeSynced(this.temporary, document);
  }
}

/** The newest valid report of a folder, or null. Reads only; for people's tools. */
export async function readReport(folder: string): Promise<Report | null> {
  return (await readNewest(folder)).newest;
}

async function readNewest(folder: string): Promise<{ newest: Report | null; epochs: number[] }> {
  const { epochs } = await listEpochs(folder);
  for (const epoch of epochs.toSorted((a, b) => b - a)) {
    const parsed = parse(await readFile(join(folder, nameOf(epoch)), 'utf8'));
    if (parsed) return { newest: parsed, epochs };
  }
  if (epochs.length > 0) {
    throw new RekindleError(
      'ReportDamaged',
      `None of the reports in ${folder} (epochs ${epochs.join(', ')}) can be read. To start from zero, delete the report's volume (or the folder) and start again; to go on, restore one of these files.`,
    );
  }
  return { newest: null, epochs };
}

async function listEpochs(folder: string): Promise<{ epochs: number[] }> {
  try {
    const names = await readdir(folder);
    return { epochs: names.map(epochOf).filter((epoch) => epoch !== null) };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { epochs: [] };
    throw error;
  }
}

/** A torn or foreign file is not a report: null, and the epoch before it counts. */
function parse(text: string): Report | null {
  try {
    return report.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function writeSynced(path: string, document: Report): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(`${JSON.stringify(document)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** A disk that is full or read-only is a reason to wait, not to fail. */
async function writable<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO'].some((code) => isCode(error, code))) throw error;
    throw new RekindleError(
      'ReportUnwritable',
      `The report folder ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}. Make room or give the pod write access; the restore goes on by itself.`,
      { cause: error },
    );
  }
}
