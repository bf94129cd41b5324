import { Coverage } from '../../../src/engine/coverage.ts';
import type { PlanBatch } from '../../../src/engine/ledger.ts';
import type { Reason } from '../../../src/model/reasons.ts';
import type { PartitionReport } from '../../../src/model/report.ts';
import { OWN, ownIds, type Entry } from './entry.ts';
import { read, type PartitionLog } from './partition-log.ts';
import type { ProducerRecord, Rules } from './world.ts';
import { ledgerOf } from './writer.ts';

/** What a takeover has found behind the last batch on record. */
export type Tail =
  | { readonly is: 'read'; readonly partition: PartitionReport }
  /** What stood before the interruption is known now. */
  | { readonly is: 'interrupted'; readonly partition: PartitionReport }
  /** Records of an aborted transaction are in the log. */
  | { readonly is: 'aborted' }
  | { readonly is: 'halt'; readonly reason: Reason };

/** How far a look goes: to this offset, or until it has read so many batches behind the last one on record. */
export interface Reach {
  readonly end: number;
  readonly batches: number;
}

const halt = (reason: Reason): Tail => ({ is: 'halt', reason });

/** The loop of src/engine/covering.ts, over the real Coverage and PartitionLedger. */
export function readTail(
  log: PartitionLog,
  partition: PartitionReport,
  writer: ProducerRecord | null,
  reach: Reach,
  { plan, policy }: Pick<Rules, 'plan' | 'policy'>,
): Tail {
  const ledger = ledgerOf(partition);
  const { last, start } = ledger.report;
  const { end, batches } = reach;
  if (end < ledger.end) return halt('TargetTruncated');
  const from = last?.offset ?? start;
  // The broker answers a Fetch from before its log with OFFSET_OUT_OF_RANGE.
  if (from < log.start && from < end) return halt('TargetTruncated');
  const entries = read(log, from, end);
  if (last !== null) {
    const [first] = entries.splice(0, 1);
    if (first?.header.baseOffset !== last.offset) return halt('TargetTruncated');
    if (policy.comparesCrc && first.header.crc !== last.crc) return halt('TargetTruncated');
    const hasMoved = policy.looksAtLeader && last.leaderEpoch >= 0 && first.header.leaderEpoch !== last.leaderEpoch;
    if (hasMoved || ledger.report.doubted) {
      ledger.restart(start);
      return readTail(log, ledger.report, writer, reach, { plan, policy });
    }
  }
  if (last === null && policy.doubts) ledger.report.doubted = true;
  return cover(entries, ledger.report, writer, batches, { plan, policy });
}

function cover(
  entries: readonly Entry[],
  partition: PartitionReport,
  writer: ProducerRecord | null,
  batches: number,
  { plan, policy }: Pick<Rules, 'plan' | 'policy'>,
): Tail {
  const ledger = ledgerOf(partition);
  // Read from its beginning, the partition may hold records of any writer, and the first one to come is the oldest.
  const known = ledger.next === 0 ? null : writer;
  const coverage = new Coverage(
    { producerId: known === null ? -1 : OWN, producerEpoch: known?.epoch ?? -1, base: known?.base ?? 0 },
    ownIds,
  );
  const { last, acknowledged, committed } = ledger.report;
  let uncommitted = policy.readsMarkerOfLast ? last !== null : acknowledged > committed;
  for (const [i, { header, commitMarker }] of entries.entries()) {
    if (i === batches) return { is: 'interrupted', partition: ledger.report };
    const expected = plan.find(({ index }) => index === ledger.next) ?? null;
    const verdict = coverage.judge(header, commitMarker, ledger.next, expected);
    const isOurs = verdict.is === 'ours' || (!policy.comparesCrc && isInSequence(verdict.is, expected, header.count));
    if (isOurs && expected !== null) {
      if (header.producerEpoch !== writer?.epoch && policy.doubts) ledger.report.doubted = true;
      ledger.acknowledge(expected, { offset: header.baseOffset, crc: header.crc, leaderEpoch: header.leaderEpoch });
      uncommitted = true;
    } else if (verdict.is === 'foreign') {
      ledger.foreign(header.baseOffset, header.lastOffsetDelta + 1);
    } else if (verdict.is === 'marker') {
      if (!verdict.committed && uncommitted) return { is: 'aborted' };
      uncommitted = false;
    } else {
      return halt(verdict.is === 'hole' ? 'LedgerHole' : 'LedgerRepeat');
    }
  }
  ledger.report.doubted = false;
  // Another partition's look was interrupted.
  if (batches === entries.length) return { is: 'interrupted', partition: ledger.report };
  ledger.commit();
  return { is: 'read', partition: ledger.report };
}

/** All that is left to compare without a CRC. */
const isInSequence = (verdict: string, expected: PlanBatch | null, count: number): boolean =>
  verdict === 'different' && expected?.count === count;
