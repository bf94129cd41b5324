import { setTimeout as sleep } from 'node:timers/promises';
import { auditOf, type Audit, type AuditContext } from '../model/audit.ts';
import type { Report } from '../model/report.ts';
import type { ReportStore } from '../report/store.ts';
import { PreconditionFailed, type Storage } from '../storage/storage.ts';
import type { Logger } from '../telemetry/log.ts';

/** Where audits are in a Storage: beside the archive, and no part of it. */
const FOLDER = 'audit';

/** Milliseconds that a Storage may take for it by default: the Restore has ended. */
const WITHIN_MS = 20_000;

export interface AuditPlaces {
  readonly store: ReportStore;
  readonly storage: Storage;
  readonly logger: Logger;
  /** Milliseconds that the Storage may take. Default 20 s. */
  readonly withinMs?: number;
}

/** What became of the audit beside the archive. */
export type Audited =
  { readonly written: true; readonly at: string } | { readonly written: false; readonly why: string };

/**
 * Writes the audit of a Restore that has ended, into the report's folder and beside the archive. Where it cannot be
 * written, that is said, and the Restore has ended all the same.
 */
export async function writeAudit(
  report: Report,
  context: Omit<AuditContext, 'at' | 'file'>,
  { store, storage, logger, withinMs = WITHIN_MS }: AuditPlaces,
): Promise<Audited> {
  try {
    const audit = auditOf(report, { ...context, at: new Date().toISOString(), file: await store.digest() });
    const [inFolder, inStorage] = await Promise.allSettled([store.writeAudit(audit), beside(storage, audit, withinMs)]);
    if (inStorage.status === 'rejected') throw inStorage.reason;
    if (inFolder.status === 'rejected') throw inFolder.reason;
    logger.info({ at: inStorage.value }, 'wrote the audit beside the archive');
    return { written: true, at: inStorage.value };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    logger.warn({ why }, 'the audit could not be written');
    return { written: false, why };
  }
}

/** @returns where it is */
async function beside(storage: Storage, audit: Audit, withinMs: number): Promise<string> {
  const writing = create(storage, audit);
  const late = sleep(withinMs, null, { ref: false });
  const where = await Promise.race([writing, late]);
  if (where !== null) return where;
  writing.catch(() => undefined);
  throw new Error(`${storage.describe()} has not taken the audit within ${withinMs / 1000} s.`);
}

/** An audit is never written over: after a start from zero the epochs count anew, and get a number of their own. */
async function create(storage: Storage, audit: Audit): Promise<string> {
  const body = Buffer.from(`${JSON.stringify(audit)}\n`);
  for (let nth = 1; ; nth++) {
    const key = `${FOLDER}/${audit.restore.uid}/${audit.epoch}${nth === 1 ? '' : `-${nth}`}.json`;
    try {
      await storage.create(key, body);
      return storage.describe(key);
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  }
}
