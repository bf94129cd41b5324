import type { TopicAdmin } from '../kafka/admin.ts';
import type { BrokerConnection } from '../kafka/connection.ts';
import { verifyCrc } from '../kafka/record-batch.ts';
import type { PartitionLedger } from './ledger.ts';
import type { RestoredPartition } from './partition.ts';
import { damaged, type ProvenLog } from './partition-proof.ts';
import { offsetsOf, replicatedEnds } from './replicated-ends.ts';
import { targetOffsetOf } from './runs.ts';
import { scan } from './scan.ts';
import { truncated } from './tail.ts';

/**
 * What of each partition's log a proof is to answer for.
 * @throws RekindleError `TargetTruncated`, `WaitingForReplicas`, `KafkaUnreachable`
 */
export async function provenLogs(
  admin: TopicAdmin,
  partitions: readonly RestoredPartition[],
): Promise<Map<RestoredPartition, ProvenLog>> {
  const ends = await replicatedEnds(admin, partitions);
  const earliest = await offsetsOf(admin, partitions, 'earliest');
  return new Map(
    [...ends].map(([partition, end]) => [partition, provenLog(partition, earliest.get(partition) ?? 0, end)]),
  );
}

/**
 * From where the restore began to the end as it is now.
 * @param earliest first offset that the log has
 * @throws RekindleError `TargetTruncated` when acknowledged records are above its end, or were deleted before they were
 *   proved
 */
export function provenLog(
  { plan, ledger }: { readonly plan: { readonly name: string }; readonly ledger: PartitionLedger },
  earliest: number,
  end: number,
): ProvenLog {
  const { runs, start, proved } = ledger.report;
  if (end < ledger.end) {
    throw truncated(plan.name, `the log ends at ${end}, but records up to ${ledger.end} were acknowledged`);
  }
  const unproved = targetOffsetOf(runs, proved);
  if (unproved !== null && unproved < earliest) {
    throw truncated(
      plan.name,
      `records from offset ${unproved} on were acknowledged, but the log begins at ${earliest}`,
    );
  }
  return { start: Math.max(start, earliest), end };
}

/**
 * Reads the last acknowledged batch again. A log is cut at its end: if this one is there, all before it are.
 * @throws RekindleError `TargetTruncated`, `TargetDamaged`; OutcomeUnknown
 */
export async function checkLastBatch(
  connection: BrokerConnection,
  { plan, ledger }: RestoredPartition,
  log: ProvenLog,
): Promise<void> {
  const { last } = ledger.report;
  if (last === null || last.offset < log.start) return;
  const at = { topic: plan.target, partition: plan.partition };
  const found = await scan(connection, at, last.offset, last.offset + 1, 1).next();
  if (found.done === true || found.value.header.baseOffset !== last.offset || found.value.header.crc !== last.crc) {
    throw truncated(plan.name, `offset ${last.offset} does not hold the batch that was acknowledged there`);
  }
  const { header, bytes } = found.value;
  if (!verifyCrc(bytes)) throw damaged(plan.name, header, connection.nodeId, 'its checksum does not match its payload');
}
