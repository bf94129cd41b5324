import { emptyPartition, type OffsetRun, type PartitionReport } from '../model/report.ts';

/** A batch of the plan: which records it holds and how it stands in the archive. */
export interface PlanBatch {
  /** Plan index of its first record. */
  index: number;
  count: number;
  /** Source offset of its first record. */
  sourceOffset: number;
  /** Bytes, header included. */
  size: number;
  /** CRC-32C as archived. */
  crc: number;
}

/** Where a batch stands in the target. */
export interface Standing {
  /** Target offset of its first record. */
  offset: number;
  /** CRC-32C as it stands there. */
  crc: number;
  /** Epoch of the leader that appended it. */
  leaderEpoch: number;
}

/**
 * The ledger of one partition: every acknowledgement lands here and is compared with what it must be. It works on the
 * partition's part of the report in place, so that writing the report writes the ledger.
 */
export class PartitionLedger {
  readonly report: PartitionReport;

  constructor(report: PartitionReport) {
    this.report = report;
    // Reports of earlier versions do not say it.
    if (report.proved > 0 && report.proved === report.acknowledged) report.provedLast ??= report.last;
  }

  /** Plan index of the next record to be acknowledged. */
  get next(): number {
    return this.report.acknowledged;
  }

  /** Target offset after the last acknowledged record; where a scan for more begins. */
  get end(): number {
    const { runs, start } = this.report;
    const [, , target, count] = runs.at(-1) ?? [0, 0, start, 0];
    return target + count;
  }

  /**
   * Notes that a batch stands in the target.
   * @param batch must begin at `next`
   * @returns false if the offset lies before the end of what is already noted: then the batch is a repeat
   */
  acknowledge(batch: PlanBatch, { offset, crc, leaderEpoch }: Standing): boolean {
    if (batch.index !== this.next) throw new Error(`ledger: batch ${batch.index} after ${this.next}`);
    if (offset < this.end) return false;
    const { report } = this;
    extend(report.runs, [batch.index, batch.sourceOffset, offset, batch.count]);
    report.acknowledged += batch.count;
    report.bytes += batch.size;
    report.last = { offset, index: batch.index, count: batch.count, crc, leaderEpoch };
    return true;
  }

  /** Notes offsets of other producers, in the order of offsets; what is noted already is not noted again. */
  foreign(offset: number, count: number): void {
    const last = this.report.foreign.at(-1);
    if (last && offset < last[0] + last[1]) return;
    if (last && last[0] + last[1] === offset) last[1] += count;
    else this.report.foreign.push([offset, count]);
  }

  /** A transaction that covers all that was acknowledged has been committed. */
  commit(): void {
    this.report.committed = this.report.acknowledged;
  }

  /** Forgets everything: the partition was purged and begins again at `start`. */
  restart(start: number): void {
    Object.assign(this.report, emptyPartition(this.report.partition, start));
  }

  /** A proof has covered all that is acknowledged. */
  prove(): void {
    this.report.proved = this.report.acknowledged;
    this.report.provedLast = this.report.last;
  }

  /**
   * Forgets what no proof has covered: that is read again.
   * @param bytes of the batches that one has covered
   */
  keepProved(bytes: number): void {
    const { report } = this;
    const { proved, provedLast } = report;
    report.runs = report.runs
      .filter(([index]) => index < proved)
      .map(([index, source, target, count]) => [index, source, target, Math.min(count, proved - index)]);
    report.foreign = report.foreign.filter(([offset]) => offset < this.end);
    Object.assign(report, { acknowledged: proved, committed: proved, bytes, last: provedLast });
  }
}

/** Appends a run, or lengthens the last one when both source and target go on without a gap. */
function extend(runs: OffsetRun[], run: OffsetRun): void {
  const last = runs.at(-1);
  const [index, source, target, count] = run;
  if (last && last[0] + last[3] === index && last[1] + last[3] === source && last[2] + last[3] === target) {
    last[3] += count;
  } else {
    runs.push(run);
  }
}
