import type { TopicDescription } from '../kafka/admin.ts';
import { TransactionCoordinator } from '../kafka/transactions.ts';
import type { Claim } from '../model/claim.ts';
import { emptyPartition, type Report } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { fence, TRANSACTION_TIMEOUT_MS } from './takeover.ts';
import type { Target } from './target-link.ts';
import { beginTopic, ensureTopic, sameTarget, type TargetTopic } from './target.ts';

export interface Preparation {
  readonly target: Target;
  readonly report: Report;
  readonly topics: readonly TargetTopic[];
  /** Claims of the same Restore from before this one was recorded. */
  readonly earlier: readonly Claim[];
  /** The claim as it was recorded. */
  readonly claimed: Claim;
  /** Grows by the producer ids of earlier writers. */
  readonly ownIds: Set<number>;
  readonly logger: Logger;
}

/**
 * Makes the target ready and notes in the report where everything begins; the caller writes the report.
 * @returns the claim, with the ids of topics that were created
 * @throws RekindleError `TargetReplaced`, `TopicMissing`, `ResetNeedsApproval`, `KafkaUnreachable` …
 */
export async function prepareTarget(preparation: Preparation): Promise<Claim> {
  const { target, report, topics, earlier, claimed, logger } = preparation;
  const { cluster, admin } = target;
  if (report.topics.length > 0) {
    sameTarget(report, cluster.clusterId, await admin.describe(report.topics.map((topic) => topic.target)));
  }
  const descriptions = new Map<string, TopicDescription>();
  for (const topic of topics) {
    const claim = claimed.topics.find(({ name }) => name === topic.name);
    if (!claim) throw new Error(`no claim of topic ${topic.name}`);
    descriptions.set(topic.name, await ensureTopic({ cluster, admin, logger }, topic, claim));
  }

  const known = new Map(report.topics.map((topic) => [topic.target, topic]));
  const unknown = topics.filter(({ name }) => !known.has(name));
  if (unknown.length > 0 && earlier.length > 0) await fenceEarlier(preparation, unknown);
  for (const topic of topics) {
    const description = descriptions.get(topic.name);
    const begun = known.get(topic.name);
    if (begun) await beginAddedPartitions(target, topic, begun);
    else if (description) {
      report.topics.push(await beginTopic({ cluster, admin, logger }, topic, description, [...earlier, claimed]));
    }
  }
  report.clusterId = cluster.clusterId;
  report.state = 'Restoring';
  return {
    ...claimed,
    topics: claimed.topics.map((topic) => ({ ...topic, id: descriptions.get(topic.name)?.id ?? topic.id })),
  };
}

/** Writers of a run whose report is gone may still live: nothing of theirs may come after a purge. */
async function fenceEarlier({ target, claimed, ownIds }: Preparation, topics: readonly TargetTopic[]): Promise<void> {
  const partitions = topics.flatMap(({ plans }) => plans.map((plan) => ({ plan })));
  for (const transactionalId of claimed.transactionalIds) {
    const coordinator = new TransactionCoordinator(target.cluster, transactionalId);
    const producer = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
    ownIds.add(producer.producerId);
    await fence(coordinator, producer, partitions);
  }
}

/** Partitions that the source got since the restore began. */
async function beginAddedPartitions(
  { admin }: Target,
  topic: TargetTopic,
  begun: Report['topics'][number],
): Promise<void> {
  const added = topic.plans
    .map(({ partition }) => partition)
    .filter((partition) => !begun.partitions.some((known) => known.partition === partition));
  if (added.length === 0) return;
  const ends = await admin.endOffsets(topic.name, added, 'high-watermark');
  for (const partition of added) begun.partitions.push(emptyPartition(partition, ends.get(partition) ?? 0));
}
