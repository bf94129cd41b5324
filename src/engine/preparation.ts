import type { TopicDescription } from '../kafka/admin.ts';
import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import { TransactionCoordinator } from '../kafka/transactions.ts';
import type { Claim } from '../model/claim.ts';
import { emptyPartition, type Report } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Journal } from './journal.ts';
import type { Step } from './steps.ts';
import type { Target } from './target-link.ts';
import { beginTopic, ensureTopic, sameTarget, type TargetContext, type TargetTopic } from './target.ts';
import { fence, takeTenure } from './tenure.ts';

export interface Preparation {
  readonly target: Target;
  readonly journal: Journal;
  readonly topics: readonly TargetTopic[];
  /** Claims of the same Restore from before this one was recorded. */
  readonly earlier: readonly Claim[];
  /** The claim as it was recorded. */
  readonly claimed: Claim;
  /** Grows by the producer ids of earlier writers. */
  readonly ownIds: Set<number>;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * Makes the target ready and notes in the report where everything begins; the caller writes the report.
 * @returns the claim, with the ids of topics that were created
 * @throws RekindleError `TargetReplaced`, `TopicMissing`, `ResetNeedsApproval`, `KafkaUnreachable` …
 */
export async function prepareTarget(preparation: Preparation): Promise<Claim> {
  const { target, journal, topics, earlier, claimed, logger, step } = preparation;
  const { cluster, admin } = target;
  const { report } = journal;
  if (report.topics.length > 0) {
    sameTarget(report, cluster.clusterId, await admin.describe(report.topics.map((topic) => topic.target)));
  }
  await step('preparing');
  await journal.stillOurs();
  const descriptions = new Map<string, TopicDescription>();
  for (const topic of topics) {
    const claim = claimed.topics.find(({ name }) => name === topic.name);
    if (!claim) throw new Error(`no claim of topic ${topic.name}`);
    descriptions.set(topic.name, await ensureTopic({ admin, logger }, topic, claim));
  }

  const known = new Map(report.topics.map((topic) => [topic.target, topic]));
  const unknown = topics.filter(({ name }) => !known.has(name));
  const confirm =
    unknown.length > 0 && earlier.length > 0 ? await fenceEarlier(preparation, unknown) : journal.stillOurs;
  for (const topic of topics) {
    const description = descriptions.get(topic.name);
    const begun = known.get(topic.name);
    if (begun) await beginAddedPartitions(target, topic, begun);
    else if (description) {
      report.topics.push(
        await beginTopic({ cluster, admin, logger, step, confirm }, topic, description, [...earlier, claimed]),
      );
    }
  }
  report.clusterId = cluster.clusterId;
  report.state = 'Restoring';
  return {
    ...claimed,
    topics: claimed.topics.map((topic) => ({ ...topic, id: descriptions.get(topic.name)?.id ?? topic.id })),
  };
}

/**
 * Writers of a run whose report is gone may still live: nothing of theirs may come after a purge.
 * @returns what confirms, before something is deleted, that this process is still the one in charge
 */
async function fenceEarlier(
  { target, journal, claimed, ownIds }: Preparation,
  topics: readonly TargetTopic[],
): Promise<TargetContext['confirm']> {
  const partitions = topics.flatMap(({ plans }) => plans.map((plan) => ({ plan })));
  const tenures: { coordinator: TransactionCoordinator; producer: ProducerIdentity }[] = [];
  for (const transactionalId of claimed.transactionalIds) {
    const coordinator = new TransactionCoordinator(target.cluster, transactionalId);
    const producer = await takeTenure(coordinator);
    ownIds.add(producer.producerId);
    await fence(coordinator, producer, partitions);
    tenures.push({ coordinator, producer });
  }
  return async (deleted) => {
    await journal.stillOurs();
    for (const { coordinator, producer } of tenures) await fence(coordinator, producer, deleted);
  };
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
