import type { TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/connection.ts';
import { RekindleError } from '../model/reasons.ts';
import type { OffsetRun, ProofRecord } from '../model/report.ts';
import type { RestoredPartition } from './partition.ts';
import { scan } from './scan.ts';
import type { Step } from './steps.ts';

/** What stands between two runs of our records. */
export interface Gap {
  from: number;
  /** Exclusive. */
  to: number;
}

/**
 * Checks that the runs cover the plan without a hole or a repeat, in the order of offsets, and tells the gaps between
 * them: offsets where something else must stand.
 * @param start target offset at which the restore began
 * @param records that the plan has
 * @throws RekindleError `LedgerHole` or `LedgerRepeat`
 */
export function gapsOf(name: string, runs: readonly OffsetRun[], start: number, records: number): Gap[] {
  const gaps: Gap[] = [];
  let index = 0;
  let end = start;
  for (const [runIndex, , target, count] of runs) {
    if (runIndex > index) throw hole(name, index, runIndex);
    if (runIndex < index || target < end) {
      throw new RekindleError(
        'LedgerRepeat',
        `${name}: records ${runIndex} and following stand twice in the ledger, again at offset ${target}. Start from zero to restore it again.`,
      );
    }
    if (target > end) gaps.push({ from: end, to: target });
    index += count;
    end = target + count;
  }
  if (index !== records) throw hole(name, index, records);
  return gaps;
}

const hole = (name: string, from: number, to: number): RekindleError =>
  new RekindleError(
    'LedgerHole',
    `${name}: records ${from} to ${to - 1} are not in the ledger. Start from zero to restore it again.`,
  );

/**
 * Proves that the target holds every record once, in order: the ledger covers the plan, and every offset between its
 * runs was read and is a transaction marker or another producer's batch, never one of ours.
 * @throws RekindleError `LedgerHole`, `LedgerRepeat`, or what reading meets
 */
export async function prove(
  cluster: KafkaCluster,
  topics: ReadonlyMap<string, TopicDescription>,
  partitions: readonly RestoredPartition[],
  ownIds: ReadonlySet<number>,
  step: Step,
  signal: AbortSignal,
): Promise<ProofRecord> {
  const proof: ProofRecord = { at: '', kind: 'Ledger', records: 0, runs: 0, markers: 0, foreign: 0 };
  for (const { plan, ledger } of partitions) {
    await step('proving');
    const { runs, start } = ledger.report;
    const gaps = gapsOf(plan.name, runs, start, plan.records);
    proof.records += plan.records;
    proof.runs += runs.length;
    if (gaps.length === 0) continue;
    const leader = topics.get(plan.target)?.partitions.find((p) => p.partition === plan.partition)?.leader ?? -1;
    const connection = await cluster.openConnection(leader);
    try {
      for (const gap of gaps) {
        signal.throwIfAborted();
        for await (const { header } of scan(
          connection,
          { topic: plan.target, partition: plan.partition },
          gap.from,
          gap.to,
          1,
        )) {
          if (!ownIds.has(header.producerId)) proof.foreign += header.lastOffsetDelta + 1;
          else if (header.control) proof.markers += 1;
          else {
            throw new RekindleError(
              'LedgerRepeat',
              `${plan.name}: a batch of this restore at offset ${header.baseOffset} (${header.count} records) is not in the ledger: its records stand twice. Start from zero to restore it again.`,
            );
          }
        }
      }
    } finally {
      connection.reset();
    }
  }
  return { ...proof, at: new Date().toISOString() };
}
