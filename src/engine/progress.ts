import { totals, type Report } from '../model/report.ts';
import type { Waiting } from './failure.ts';

/** Milliseconds between two reports of progress. */
const TOLD_EVERY_MS = 1_000;

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

/** Who is told how far it is. */
export type Tell = (progress: Progress) => void;

/** Tells of the progress until the work has ended. */
export async function toldOften<T>(tell: () => void, work: Promise<T>): Promise<T> {
  const timer = setInterval(tell, TOLD_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
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
