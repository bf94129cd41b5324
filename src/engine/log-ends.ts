import type { TopicAdmin } from '../kafka/admin.ts';
import type { BrokerConnection } from '../kafka/cluster.ts';
import { verifyCrc } from '../kafka/record-batch.ts';
import type { PartitionLedger } from './ledger.ts';
import { placeOf, type RestoredPartition } from './partition.ts';
import { damaged, repeated, type ProvenLog } from './partition-proof.ts';
import { offsetsOf, replicatedEnds } from './replicated-ends.ts';
import type { Gap } from './runs.ts';
import { scan, type ScannedBatch } from './scan.ts';
import { aborted, assertReaches, assertStillThere, assertUnprovedIsThere, hasLeft, unended } from './truncation.ts';

/** Of one Fetch, on the way to a marker: what others have written may lie before it. */
const MARKER_BYTES = 65_536;

/**
 * What of each partition's log a proof is to answer for.
 * @throws RekindleError `TargetTruncated`, `WaitingForReplicas`, `KafkaUnreachable`; the signal's reason
 */
export async function provenLogs(
  admin: TopicAdmin,
  partitions: readonly RestoredPartition[],
  signal: AbortSignal,
): Promise<Map<RestoredPartition, ProvenLog>> {
  const ends = await replicatedEnds(admin, partitions, signal);
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
  assertReaches(plan.name, ledger, end);
  assertUnprovedIsThere(plan.name, ledger.report, earliest);
  return { start: Math.max(ledger.report.start, earliest), end };
}

/**
 * Reads the last acknowledged batch again, and what became of its transaction.
 * @param ownIds all producer ids of this restore
 * @throws RekindleError `TargetTruncated`, `TargetDamaged`; OutcomeUnknown
 */
export async function checkLastBatch(
  connection: BrokerConnection,
  { plan, ledger }: RestoredPartition,
  log: ProvenLog,
  ownIds: ReadonlySet<number>,
): Promise<void> {
  const { last } = ledger.report;
  if (last === null || last.offset < log.start) return;
  const found = await scan(connection, placeOf(plan), last.offset, last.offset + 1, 1).next();
  if (hasLeft(ledger.report, found.value?.header ?? null, ownIds)) return;
  const { header, bytes } = assertStillThere(plan.name, last, found);
  if (!verifyCrc(bytes)) throw damaged(plan.name, header, connection.nodeId, 'its checksum does not match its payload');
  if (!header.transactional) return;
  const behind = scan(connection, placeOf(plan), ledger.end, log.end, MARKER_BYTES);
  const marker = await markerOf(header.producerId, behind);
  if (marker === null) throw unended(plan.name, last.offset);
  if (!marker.commitMarker) throw aborted(plan.name, marker.header.baseOffset);
}

/** @throws RekindleError `LedgerRepeat` when records of a producer of ours stand in a part of the log that the ledger has not */
export async function assertNoneOf(
  ownIds: ReadonlySet<number>,
  connection: BrokerConnection,
  { plan }: RestoredPartition,
  { from, to }: Gap,
): Promise<void> {
  for await (const { header } of scan(connection, placeOf(plan), from, to)) {
    if (ownIds.has(header.producerId) && !header.control) throw repeated(plan.name, header);
  }
}

/** The first marker of a producer: it ends the transaction that is open there. */
async function markerOf(producerId: number, batches: AsyncIterable<ScannedBatch>): Promise<ScannedBatch | null> {
  for await (const batch of batches) {
    if (batch.header.control && batch.header.producerId === producerId) return batch;
  }
  return null;
}
