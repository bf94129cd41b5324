import { createHash, randomUUID } from 'node:crypto';
import { appendFile, link, mkdir, readdir, readFile, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Audit } from '../model/audit.ts';
import type { Report } from '../model/report.ts';
import { exists, isCode, putInPlace, syncFolder, writable, writeSynced } from './files.ts';
import { listEpochs, nameOf, readNewest, type Found } from './reading.ts';
import { RunLog, type CountedRuns } from './run-log.ts';
import { settle, stored, type Settled, type StoredReport } from './stored.ts';
import { superseded } from './superseded.ts';

/** Steps of an atomic write, in order; a test stops the process after each. */
export type WriteStep = 'runs-appended' | 'temporary-written' | 'renamed';

/**
 * The report folder, as one writer sees it. Whoever opens takes the next epoch by exclusive creation and from then on
 * touches only the files of that epoch, so a writer that was thought dead and wakes up can overwrite nothing.
 *
 * Every write is a temporary file, fsync, rename, fsync of the folder: a reader finds the old or the new document. What
 * does not change any more is appended to a file beside it, before the document that counts on it.
 */
export class ReportStore {
  readonly folder: string;
  readonly epoch: number;
  private readonly onStep: (step: WriteStep) => void | Promise<void>;
  private readonly runLog: RunLog;
  /** Files of runs of earlier epochs. */
  private readonly runFiles: readonly CountedRuns[];
  private readonly settled: Settled;
  /** Of this opening: a document that is made anew for it is none of somebody else's. */
  private readonly token: string;

  private constructor(
    folder: string,
    epoch: number,
    token: string,
    { newest, settled }: Found,
    onStep: (step: WriteStep) => void | Promise<void>,
  ) {
    this.folder = folder;
    this.epoch = epoch;
    this.token = token;
    this.onStep = onStep;
    this.runLog = new RunLog(folder, epoch);
    this.settled = settled;
    this.runFiles = newest?.runFiles ?? [];
  }

  /**
   * Opens the folder for writing (it is created when missing) and returns the newest valid report of an earlier epoch.
   * @param first makes the first document of the new epoch from the previous one (null on a start from zero); asked again
   *   if that was written once more before the epoch was ours
   * @throws RekindleError `ReportUnwritable` (no space, read-only …), and whatever `first` throws; then no epoch is taken
   */
  static async open(
    folder: string,
    first: (previous: Report | null, epoch: number) => Report | Promise<Report>,
    onStep: (step: WriteStep) => void | Promise<void> = () => undefined,
  ): Promise<{ store: ReportStore; current: Report }> {
    await writable(folder, () => mkdir(folder, { recursive: true }));
    for (;;) {
      const found = await readNewest(folder);
      const epoch = highest(found.epochs) + 1;
      const token = randomUUID();
      const begin = async (from: Found): Promise<{ store: ReportStore; current: Report }> => ({
        store: new ReportStore(folder, epoch, token, from, onStep),
        current: await first(from.newest?.report ?? null, epoch),
      });
      let begun = await begin(found);
      if (!(await begun.store.create(begun.current))) continue; // somebody else took this epoch in between: look again
      // Whoever was before us has written until now, perhaps. From here on it looks before it changes anything, and ends.
      const { newest, ...rest } = await readNewest(folder, epoch);
      if (newest !== null && hasMore(newest.report, found.newest?.report)) {
        begun = await begin({ newest, ...rest });
        await begun.store.write(begun.current);
      }
      await begun.store.pointTo();
      await begun.store.forget(newest?.report.epoch ?? null);
      return begun;
    }
  }

  /** Replaces this epoch's document. @throws RekindleError `ReportUnwritable` */
  async write(document: Report): Promise<void> {
    // All of it is taken down before anything is awaited: the document goes on changing.
    const { lines, settled } = settle(document, this.settled);
    const own = this.runLog.countedWith(lines);
    const text = textOf(stored(document, settled, own === null ? this.runFiles : [...this.runFiles, own]));
    await writable(this.folder, async () => {
      if (lines.length > 0) {
        await this.runLog.append(lines);
        for (const [runs, count] of settled) this.settled.set(runs, count);
        await this.onStep('runs-appended');
      }
      await writeSynced(this.temporary, text);
      await this.onStep('temporary-written');
      await putInPlace(this.temporary, join(this.folder, nameOf(this.epoch)));
      await this.onStep('renamed');
    });
  }

  /** Appends one line to this epoch's error log. @throws RekindleError `ReportUnwritable` */
  async appendError(line: { at: string; reason: string; message: string }): Promise<void> {
    await writable(this.folder, () =>
      appendFile(join(this.folder, `errors.${this.epoch}.ndjson`), `${JSON.stringify(line)}\n`),
    );
  }

  /** This epoch's document as it stands on disk. */
  async digest(): Promise<{ file: string; bytes: number; sha256: string }> {
    const file = nameOf(this.epoch);
    const body = await readFile(join(this.folder, file));
    return { file, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
  }

  /** Writes `audit.<epoch>.json`, or replaces it. @throws RekindleError `ReportUnwritable` */
  async writeAudit(document: Audit): Promise<void> {
    await writable(this.folder, async () => {
      const temporary = join(this.folder, `.audit.${this.epoch}.json.tmp`);
      await writeSynced(temporary, `${JSON.stringify(document)}\n`);
      await putInPlace(temporary, join(this.folder, `audit.${this.epoch}.json`));
    });
  }

  /**
   * Whether the report that this writer opened is there. Its mark says so: a report that somebody begins again counts its
   * epochs from 1, too.
   */
  async isThere(): Promise<boolean> {
    return await writable(this.folder, async () => {
      const paths = [this.mark, join(this.folder, nameOf(this.epoch))];
      return (await Promise.all(paths.map(exists))).every(Boolean);
    });
  }

  /** The highest epoch in the folder: greater than ours once somebody else has taken over. */
  async newestEpoch(): Promise<number> {
    return await writable(this.folder, async () => highest(await listEpochs(this.folder)));
  }

  private get mark(): string {
    return join(this.folder, `.opened.${this.epoch}.${this.token}.json`);
  }

  private get temporary(): string {
    return join(this.folder, `.report.${this.epoch}.json.tmp`);
  }

  /** Exclusive creation, with content from the first moment on: a hard link fails when the name is taken. */
  private async create(document: Report): Promise<boolean> {
    return await writable(this.folder, async () => {
      const mine = `${this.temporary}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      const text = textOf(stored(document, this.settled, this.runFiles));
      try {
        await writeSynced(mine, text);
        await writeSynced(this.mark, '{}\n');
        await link(mine, join(this.folder, nameOf(this.epoch)));
      } catch (error) {
        await unlink(this.mark).catch(() => undefined);
        if (isCode(error, 'EEXIST')) return false;
        throw error;
      } finally {
        await unlink(mine).catch(() => undefined);
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
      await putInPlace(next, join(this.folder, 'report.json'));
    });
  }

  /** Deletes what earlier epochs have left and nobody needs any more. What cannot be deleted now goes another time. */
  private async forget(basedOn: number | null): Promise<void> {
    const there = await writable(this.folder, () => readdir(this.folder));
    const names = superseded(there, { epoch: this.epoch, basedOn, runFiles: this.runFiles });
    await Promise.allSettled(names.map((name) => unlink(join(this.folder, name))));
  }
}

const textOf = (document: StoredReport): string => `${JSON.stringify(document)}\n`;

/** Written once more by the same process, or by a newer one. */
const hasMore = (now: Report, before: Report | undefined): boolean =>
  before === undefined || (now.epoch >= before.epoch && now.updatedAt !== before.updatedAt);

const highest = (epochs: readonly number[]): number => epochs.reduce((most, epoch) => Math.max(most, epoch), 0);
