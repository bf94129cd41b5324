import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/connection.ts';
import { claimedBefore, type Claim, type ClaimedTopic } from '../model/claim.ts';
import { RekindleError } from '../model/reasons.ts';
import { emptyPartition, type Report, type TopicReport } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { finalConfigs, guardedConfigs } from './guards.ts';
import type { PartitionPlan } from './plan.ts';
import { scan } from './scan.ts';
import type { Step } from './steps.ts';

export interface TargetContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly logger: Logger;
  readonly step: Step;
  /**
   * Makes sure that nobody has taken the restore over, after it was decided what is deleted and before it is: whoever
   * takes over later writes behind that. Throws if somebody has.
   */
  readonly confirm: (partitions: readonly { plan: { target: string; partition: number } }[]) => Promise<void>;
}

/** One target topic and what must come into it. */
export interface TargetTopic {
  readonly name: string;
  readonly plans: readonly PartitionPlan[];
}

/** Bytes of the largest batch that the topic must take. */
export const largestBatch = (plans: readonly PartitionPlan[]): number =>
  Math.max(0, ...plans.flatMap(({ segments }) => segments.map(({ summary }) => summary.maxBatchBytes)));

/** What is claimed of a topic, before anything of it is touched. */
export function claimTopic(
  topic: TargetTopic,
  found: { id: string; empty: boolean } | undefined,
  earlier: readonly Claim[],
  clusterId: string,
): ClaimedTopic {
  const before = claimedBefore(earlier, clusterId, topic.name, found?.id ?? null);
  if (found && before) return { ...before, id: found.id };
  const final = finalConfigs(topic.plans[0]?.topic.configs ?? {});
  return {
    name: topic.name,
    id: found?.id ?? null,
    createdByUs: !found,
    emptyAtStart: found?.empty ?? true,
    finalConfigs: found ? null : final,
  };
}

/** Creates the topic if the claim says that it is ours to create, and guards it if it is ours. */
export async function ensureTopic(
  context: Pick<TargetContext, 'admin' | 'logger'>,
  topic: TargetTopic,
  claimed: ClaimedTopic,
): Promise<TopicDescription> {
  const { admin } = context;
  if (claimed.createdByUs) {
    const configs = guardedConfigs(claimed.finalConfigs ?? {}, largestBatch(topic.plans));
    const created = await admin.create({
      name: topic.name,
      partitions: topic.plans.length,
      replicationFactor: Math.min(topic.plans[0]?.topic.replicationFactor ?? 1, await admin.brokerCount()),
      configs,
    });
    if (created === 'exists') await admin.alterConfigs(topic.name, { set: configs });
    else context.logger.info({ topic: topic.name, partitions: topic.plans.length }, 'created the target topic');
  }
  const description = (await admin.describe([topic.name])).get(topic.name);
  if (!description) {
    throw new RekindleError(
      'TopicMissing',
      `Topic ${topic.name} does not exist in the target cluster. Create it, or set createTopics.`,
    );
  }
  return description;
}

/** Where everything begins: the log ends of a topic that is empty, or was purged of our own records. */
export async function beginTopic(
  context: TargetContext,
  topic: TargetTopic,
  description: TopicDescription,
  claims: readonly Claim[],
): Promise<TopicReport> {
  const numbers = topic.plans.map(({ partition }) => partition);
  const [earliest, ends] = await Promise.all([
    context.admin.endOffsets(topic.name, numbers, 'earliest'),
    context.admin.endOffsets(topic.name, numbers, 'high-watermark'),
  ]);
  const filled = new Map([...ends].filter(([partition, end]) => end > (earliest.get(partition) ?? 0)));
  if (filled.size > 0) await purge(context, topic.name, description, filled, claims);
  return {
    target: topic.name,
    id: description.id,
    partitions: numbers.map((partition) => emptyPartition(partition, ends.get(partition) ?? 0)),
  };
}

/**
 * Deletes our own records of partitions that begin again. Everything below the cut must be ours by the claims, and no
 * consumer group may have read from the topic: its position would point past the new records.
 * @param ends offset to cut at, by partition
 * @throws RekindleError `ResetNeedsApproval`; nothing was deleted then
 */
export async function purge(
  context: TargetContext,
  topic: string,
  description: TopicDescription,
  ends: ReadonlyMap<number, number>,
  claims: readonly Claim[],
): Promise<void> {
  const own = new Set(claims.flatMap(({ producerIds }) => producerIds));
  const groups = await context.admin.committedGroups(topic);
  if (groups.length > 0) {
    throw new RekindleError(
      'ResetNeedsApproval',
      `Topic ${topic} holds records of an earlier run of this restore, and consumer groups have committed offsets there (${groups.join(', ')}). Starting from zero would delete what they have read: delete these groups' offsets or the topic, then delete the Job.`,
    );
  }
  const earliest = await context.admin.endOffsets(topic, [...ends.keys()], 'earliest');
  for (const [partition, end] of ends) {
    const leader = description.partitions.find((p) => p.partition === partition)?.leader ?? -1;
    const connection = await context.cluster.openConnection(leader);
    try {
      for await (const { header } of scan(connection, { topic, partition }, earliest.get(partition) ?? 0, end)) {
        if (own.has(header.producerId)) continue;
        throw new RekindleError(
          'ResetNeedsApproval',
          `Topic ${topic}, partition ${partition}: the batch at offset ${header.baseOffset} was not written by this restore. Starting from zero would delete it: delete the topic yourself, or restore into another one.`,
        );
      }
    } finally {
      connection.reset();
    }
  }
  await context.step('purge-decided');
  await context.confirm([...ends.keys()].map((partition) => ({ plan: { target: topic, partition } })));
  await context.admin.deleteRecords(topic, ends);
  await context.step('purged');
  context.logger.info({ topic, partitions: ends.size }, 'purged our own records: the restore starts from zero');
}

/**
 * On a resume: the cluster and the topics must be those that the report speaks of.
 * @throws RekindleError `TargetReplaced`
 */
export function sameTarget(report: Report, clusterId: string, found: ReadonlyMap<string, TopicDescription>): void {
  if (report.clusterId !== clusterId) {
    throw new RekindleError(
      'TargetReplaced',
      `The restore began in Kafka cluster ${report.clusterId ?? ''}, the bootstrap servers now belong to ${clusterId}. Point the EventHub back, or start from zero.`,
    );
  }
  for (const topic of report.topics) {
    const now = found.get(topic.target);
    if (now?.id === topic.id) continue;
    throw new RekindleError(
      'TargetReplaced',
      `Topic ${topic.target} ${now ? 'was deleted and created again' : 'was deleted'} since the restore began (its id was ${topic.id}). Start from zero to restore it again.`,
    );
  }
}
