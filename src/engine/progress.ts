import { totals, type Report } from '../model/report.ts';
import type { Waiting } from './failure.ts';

/** How far a restore is; plain JSON. */
export interface Progress {
  /** Acknowledged by the broker; committed ones beside them. */
  acknowledgedRecords: number;
  committedRecords: number;
  acknowledgedBytes: number;
  /** Covered by the proof, which begins when all are committed. */
  provedRecords: number;
  totalRecords: number;
  totalBytes: number;
  partitionsDone: number;
  partitionsTotal: number;
  /** Why nothing moves at the moment; null while it does. */
  waiting: Waiting | null;
}

export function progressOf(report: Report, waiting: Waiting | null, provedRecords: number): Progress {
  const sum = totals(report);
  return {
    acknowledgedRecords: sum.acknowledged,
    committedRecords: sum.committed,
    acknowledgedBytes: sum.acknowledgedBytes,
    provedRecords,
    totalRecords: sum.records,
    totalBytes: sum.bytes,
    partitionsDone: sum.partitionsDone,
    partitionsTotal: sum.partitions,
    waiting,
  };
}
