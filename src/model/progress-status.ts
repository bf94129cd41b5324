import type { PodProgress } from './pod-progress.ts';
import type { RestoreProgress } from './resources/restore-status.ts';

/**
 * The numbers of the status. They do not go back while a new attempt looks for what is already there; only when a restore
 * starts from zero: then nothing was in place when the attempt began. Where a partition is begun again in an attempt that
 * has resumed, they stand until it has come as far again; the report has the true ones at any time.
 */
export function progressStatus(
  measured: PodProgress,
  before: RestoreProgress | undefined,
  resumedFrom: number | undefined,
): RestoreProgress {
  const fromZero = (resumedFrom ?? 0) === 0;
  const floor = fromZero ? undefined : before;
  const records = Math.max(measured.acknowledgedRecords, floor?.records ?? 0);
  const { totalRecords, totalBytes, partitionsDone, partitionsTotal, waiting } = measured;
  return {
    records,
    bytes: Math.max(measured.acknowledgedBytes, floor?.bytes ?? 0),
    totalRecords,
    totalBytes,
    percent: totalRecords === 0 ? 100 : Math.min(100, Math.floor((records * 1_000) / totalRecords) / 10),
    partitionsDone: Math.max(partitionsDone, floor?.partitionsDone ?? 0),
    partitionsTotal,
    acknowledgedRecords: records,
    committedRecords: Math.max(measured.committedRecords, floor?.committedRecords ?? 0),
    bytesPerSecond: measured.bytesPerSecond,
    updatedAt: measured.at,
    ...(waiting === null ? {} : { waiting: waiting.message }),
  };
}
