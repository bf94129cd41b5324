import type { TopicDescription } from '../kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../kafka/cluster.ts';
import type { BatchHeader } from '../kafka/record-batch.ts';
import type { Logger } from '../telemetry/log.ts';
import { isBatch } from './coverage.ts';
import { cover, type CoverContext } from './covering.ts';
import { byLeader } from './leaders.ts';
import { placeOf, type RestoredPartition } from './partition.ts';
import { scan, type ScannedBatch } from './scan.ts';
import { assertReaches, assertStillThere, assertUnprovedIsThere, beginsLater, hasLeft } from './truncation.ts';

export interface TailContext extends Omit<CoverContext, 'sees'> {
  readonly cluster: KafkaCluster;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly logger: Logger;
}

/** Where a partition's log begins and where it ends, exclusive. */
export interface Extent {
  readonly earliest: number;
  readonly end: number;
}

const nothing: Extent = { earliest: 0, end: 0 };

/**
 * Reads what stands in the target behind the last batch on record and notes it in the ledgers, batch by batch compared
 * with the plan. One connection to each leader.
 * @param extents of the partitions' logs, all of it replicated
 * @returns the newest epoch of each of our producer ids that was read
 * @throws OutcomeUnknown when the cluster changes meanwhile; RekindleError `TargetTruncated`, `ResetNeedsApproval`;
 *   the signal's reason
 */
export async function readTails(
  context: TailContext,
  partitions: readonly RestoredPartition[],
  extents: ReadonlyMap<RestoredPartition, Extent>,
): Promise<ReadonlyMap<number, number>> {
  const newest = new Map<number, number>();
  const sees = ({ producerId, producerEpoch }: BatchHeader): void => {
    if (!context.ownIds.has(producerId)) return;
    newest.set(producerId, Math.max(producerEpoch, newest.get(producerId) ?? -1));
  };
  const readings = await Promise.allSettled(
    [...byLeader(partitions, context.topics)].map(async ([leader, served]) => {
      const connection = await context.cluster.openConnection(leader);
      try {
        for (const partition of served)
          await readTail({ ...context, sees }, connection, partition, extents.get(partition) ?? nothing);
      } finally {
        connection.reset();
      }
    }),
  );
  // All have ended: none goes on changing a ledger that the next takeover works on.
  const failed = readings.filter((reading) => reading.status === 'rejected').map(({ reason }): unknown => reason);
  // What only was told to stop says nothing.
  if (failed.length > 0) throw failed.find((reason) => reason !== context.signal.reason) ?? failed[0];
  return newest;
}

/** What all readings of a takeover know. */
type ReadingContext = TailContext & CoverContext;

/** @param again what no proof has covered was forgotten, because it is doubtful: it is read for the second time */
async function readTail(
  context: ReadingContext,
  connection: BrokerConnection,
  partition: RestoredPartition,
  extent: Extent,
  again = false,
): Promise<void> {
  const { plan, ledger } = partition;
  const { report } = ledger;
  const { last } = report;
  assertReaches(plan.name, ledger, extent.end);
  if (last !== null && last.offset < extent.earliest && ledger.next > report.proved) {
    if (!(await wasBegunAgain(context, connection, partition, extent)))
      throw beginsLater(plan.name, last.offset, extent.earliest);
    context.logger.warn({ partition: plan.name }, 'a process whose report is lost has begun the partition again');
    ledger.restart(extent.earliest);
    report.doubted = true;
    return readTail(context, connection, partition, extent, true);
  }
  const { batches, header } = await beginTail(context, connection, partition, extent);
  let lastProducer: number | null = null;
  if (last !== null && header !== null) {
    context.sees(header);
    if (header.transactional) lastProducer = header.producerId;
    const moved = last.leaderEpoch >= 0 && header.leaderEpoch !== last.leaderEpoch;
    // What a proof has covered may leave the topic: only another leader casts doubt on what is left of it.
    const isProved = report.proved > 0 && ledger.next <= report.proved;
    // What has left cannot be read again.
    const isMoved = moved && !(isProved && extent.earliest > report.start);
    if (isMoved || (report.doubted && !again && !isProved)) {
      context.logger.warn(
        { partition: plan.name, acknowledgedBy: last.leaderEpoch, foundFrom: header.leaderEpoch },
        moved
          ? 'the last batch stands there from another leader than the one that acknowledged it: the partition is read again'
          : 'the topic was not guarded for a while, or reading it was interrupted: the partition is read again',
      );
      if (report.provedLast === null || isProved) ledger.restart(report.start);
      else await forgetUnproved(partition, extent);
      // Until all of it is read: a look that fails now must not be taken for one at a partition without records.
      report.doubted = true;
      return readTail(context, connection, partition, extent, true);
    }
  }
  // Whose records these are only shows from the first one on: a look that is interrupted begins again.
  if (report.last === null) report.doubted = true;
  await cover(context, batches, partition, { lastProducer, again: again || report.doubted });
  context.signal.throwIfAborted();
  if (report.error === null) Object.assign(report, { doubted: false, orphaned: false });
}

/**
 * Whether a process of which only a lost report knew has purged the partition to begin it again: then the first batch of
 * ours that the log has is the first of the plan, by a newer writer than the one on record; or there is none of ours yet.
 */
async function wasBegunAgain(
  { ownIds, writer, signal }: ReadingContext,
  connection: BrokerConnection,
  { plan, ledger }: RestoredPartition,
  { earliest, end }: Extent,
): Promise<boolean> {
  const first = await plan.rows(0).next();
  for await (const { header } of scan(connection, placeOf(plan), earliest, end)) {
    signal.throwIfAborted();
    if (!ownIds.has(header.producerId) || header.control) continue;
    const isNewer = header.producerId !== writer?.producerId || header.producerEpoch > writer.producerEpoch;
    return isNewer && first.done !== true && isBatch(header, first.value);
  }
  return ledger.report.orphaned;
}

async function forgetUnproved({ plan, ledger }: RestoredPartition, { earliest }: Extent): Promise<void> {
  assertUnprovedIsThere(plan.name, ledger.report, earliest);
  let bytes = 0;
  for await (const { index, size } of plan.rows(0)) {
    if (index >= ledger.report.proved) break;
    bytes += size;
  }
  ledger.keepProved(bytes);
}

/**
 * Where reading begins: with the last batch on record, which must be there, or behind it where it may have left.
 * @returns what stands behind it, and its header; null if it has left, or nothing is on record
 */
async function beginTail(
  { ownIds }: ReadingContext,
  connection: BrokerConnection,
  { plan, ledger }: RestoredPartition,
  { earliest, end }: Extent,
): Promise<{ batches: AsyncGenerator<ScannedBatch, void>; header: BatchHeader | null }> {
  const { last, start, proved, doubted } = ledger.report;
  const from = (offset: number): AsyncGenerator<ScannedBatch, void> => scan(connection, placeOf(plan), offset, end);
  const behind = Math.max(ledger.end, earliest);
  // What others wrote before us may leave the topic; what is read again may not.
  if (last === null) return { batches: from(doubted ? start : behind), header: null };
  // What a proof has covered may, too.
  if (last.offset < earliest && proved >= ledger.next) return { batches: from(behind), header: null };
  const batches = from(last.offset);
  const found = await batches.next();
  if (hasLeft(ledger.report, found.value?.header ?? null, ownIds)) return { batches: from(behind), header: null };
  return { batches, header: assertStillThere(plan.name, last, found).header };
}
