import type { AuditContext } from '../model/audit.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Report } from '../model/report.ts';
import { isCode } from '../report/files.ts';
import type { ReportStore } from '../report/store.ts';
import type { Storage } from '../storage/storage.ts';
import type { Logger } from '../telemetry/log.ts';
import { writeAudit, type Audited } from './audit.ts';

/** So old a look may be, at most, when something is done that it allows. Milliseconds. */
const FRESH_MS = 200;
const MOST_LOOKS = 3;

/**
 * The report on its way to disk: one write at a time, and what changed while a write was under way goes with the next
 * one.
 */
export class Journal {
  readonly report: Report;
  private readonly store: ReportStore;
  private running: Promise<void> = Promise.resolve();
  private queued: Promise<void> | null = null;

  constructor(store: ReportStore, report: Report) {
    this.store = store;
    this.report = report;
  }

  /** Resolves when the report as it is now, or a later state of it, is on disk. */
  write(): Promise<void> {
    this.queued ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.queued = null;
        this.running = this.writeNow();
        return this.running;
      });
    return this.queued;
  }

  /** Writes the audit of a Restore that has ended; the report is not written any more after that. Never fails. */
  async audit(context: Omit<AuditContext, 'at' | 'file'>, to: { storage: Storage; logger: Logger }): Promise<Audited> {
    return await writeAudit(this.report, context, { store: this.store, ...to });
  }

  /** Adds an error to the report and to the error log. */
  async fail(reason: string, message: string): Promise<void> {
    const line = { at: new Date().toISOString(), reason, message };
    this.report.errors = [...this.report.errors, line].slice(-20);
    await this.store.appendError(line);
    await this.write();
  }

  /**
   * What the work holds for stands in the report, for its readers and for the next run; thrown on all the same. What looks
   * wrong because another process is at it is no reason to hold or to fail.
   * @throws RekindleError `ReportTakenOver` instead
   */
  async holding<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RekindleError)) throw error;
      const { reason, message, consequence } = error;
      if (consequence === 'held') this.report.hold = { at: new Date().toISOString(), reason, message };
      if (consequence !== 'waiting' && consequence !== 'stopped') await this.unlessTakenOver(error);
      if (consequence === 'held') await this.write();
      throw error;
    }
  }

  /**
   * Before something is said to be wrong: what another process has brought about looks so, too. Where the report cannot be
   * looked at, what was found is what there is to say.
   * @throws RekindleError `ReportTakenOver`, with what was found as its cause
   */
  async unlessTakenOver(found?: RekindleError): Promise<void> {
    try {
      await this.stillOurs();
    } catch (error) {
      if (!(error instanceof RekindleError) || error.reason !== 'ReportTakenOver') return;
      throw new RekindleError(error.reason, error.message, { cause: found });
    }
  }

  /** @throws RekindleError `ReportTakenOver` once another process has opened the report after us, or ours is gone */
  async stillOurs(): Promise<void> {
    const { folder, epoch } = this.store;
    const newest = await this.store.newestEpoch();
    if (newest <= epoch && (await this.store.isThere())) return;
    throw new RekindleError(
      'ReportTakenOver',
      newest > epoch
        ? `The report ${folder} was opened by another process (epoch ${newest}, ours is ${epoch}); it goes on with the restore, this process ends.`
        : // Somebody starts from zero: with this volume, or with another one that we do not see.
          `The report ${folder} of this process (epoch ${epoch}) is not there any more: it was deleted, or its volume was. Whoever begins after that goes on with the restore, this process ends.`,
    );
  }

  /**
   * For one who acts on it at once: a look that began long ago says nothing of what came meanwhile, as when the process was
   * frozen between the look and what follows. Where the report's volume is slow, the third look counts as it is.
   * @throws RekindleError as `stillOurs`
   */
  async stillOursNow(): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const begun = performance.now();
      await this.stillOurs();
      if (performance.now() - begun < FRESH_MS) return;
    }
  }

  private async writeNow(): Promise<void> {
    this.report.updatedAt = new Date().toISOString();
    try {
      await this.store.write(this.report);
    } catch (error) {
      // The folder is gone, and with it the report.
      if (isCode(error, 'ENOENT')) await this.stillOurs();
      throw error;
    }
  }
}
