import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import type { Approval } from '../model/holds.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Delivery } from './delivery.ts';
import type { Journal } from './journal.ts';
import type { RestoredPartition } from './partition.ts';
import { deleteBelow, purge } from './purge.ts';
import type { Step } from './steps.ts';

export interface RedoContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly delivery: Delivery;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly journal: Journal;
  /** All producer ids of this Restore: what purges go by. */
  readonly ownIds: ReadonlySet<number>;
  /** What a person has agreed to. */
  readonly approved: Approval | null;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * Records of an aborted transaction lie in the partition: it is purged if all of it is ours, and begun again. What is
 * about to be deleted stands in the report first, so that a process that dies in between leaves no riddle.
 * @param producer that has taken the target over
 * @param abortedAt offset of the marker that ends the transaction
 * @throws RekindleError `ResetNeedsApproval`, `ReportTakenOver`, `Fenced`; nothing was deleted then
 */
export async function redo(
  context: RedoContext,
  producer: ProducerIdentity,
  partition: RestoredPartition,
  abortedAt: number,
): Promise<void> {
  const { admin, topics, journal, delivery, ownIds, approved, logger } = context;
  const { plan, ledger } = partition;
  const description = topics.get(plan.target);
  if (!description) throw new Error(`topic ${plan.target} is gone`);
  const ends = await admin.endOffsets(plan.target, [plan.partition], 'high-watermark');
  const end = ends.get(plan.partition) ?? 0;
  const confirm = async (): Promise<void> => {
    ledger.report.purgeTo = end;
    await journal.write();
    await journal.stillOurs();
    await delivery.fence(producer, [partition]);
  };
  const because = `${plan.name}: the transaction that ends at offset ${abortedAt} was aborted, by its timeout or by somebody. What this restore wrote in it is hidden from readers of committed data, and would be restored behind what came after it; so the partition begins again.`;
  await purge({ ...context, confirm }, plan.target, description, ends, ownIds, { approved, because });
  logger.warn({ partition: plan.name }, 'the coordinator aborted a transaction: the partition begins again');
  ledger.restart(end);
}

/**
 * Deletes what a process before us was about to delete when it ended.
 * @throws RekindleError `TargetTruncated`
 */
export async function finishRedos(
  { admin, logger }: Pick<RedoContext, 'admin' | 'logger'>,
  partitions: readonly RestoredPartition[],
): Promise<void> {
  for (const { plan, ledger } of partitions) {
    const { purgeTo } = ledger.report;
    if (purgeTo === null) continue;
    await deleteBelow(admin, plan.target, new Map([[plan.partition, purgeTo]]));
    logger.warn({ partition: plan.name, before: purgeTo }, 'finished a purge: the partition begins again');
    ledger.restart(purgeTo);
  }
}
