import type { SegmentSummary } from '../archive/reader.ts';
import type { NewTopic } from '../kafka/admin-requests.ts';
import type { ConfigEntry, TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { ClaimedTopic } from '../model/claim.ts';
import { RekindleError } from '../model/reasons.ts';
import type { TopicReport } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { guardedConfigs, guardsFor, markOf, maxMessageBytes, servedConfigs } from './guards.ts';
import type { PartitionPlan } from './plan.ts';

export interface TargetContext {
  readonly admin: TopicAdmin;
  readonly logger: Logger;
}

/** One target topic and what must come into it. */
export interface TargetTopic {
  readonly name: string;
  readonly plans: readonly PartitionPlan[];
}

/** All that the archive has for a topic, partition by partition. */
export const segmentsOf = (plans: readonly PartitionPlan[]): SegmentSummary[][] =>
  plans.map(({ segments }) => segments.map(({ summary }) => summary));

/** Bytes of the largest batch that the topic must take. */
export const largestBatch = (plans: readonly PartitionPlan[]): number =>
  segmentsOf(plans)
    .flat()
    .reduce((largest, { maxBatchBytes }) => Math.max(largest, maxBatchBytes), 0);

/**
 * Creates the topic, or adds the partitions that the source has got since, if the claim says that it is ours to make.
 * @throws RekindleError `TopicMissing`, `TargetUnclaimed`
 */
export async function ensureTopic(
  { admin, logger }: TargetContext,
  topic: TargetTopic,
  claimed: ClaimedTopic,
): Promise<TopicDescription> {
  const { name, plans } = topic;
  const partitions = plans.length;
  if (claimed.createdByUs && claimed.id === null) await createTopic({ admin, logger }, topic, claimed);
  let description = (await admin.describe([name])).get(name);
  if (claimed.createdByUs && description && description.partitions.length < partitions) {
    await admin.addPartitions(name, partitions);
    logger.info({ topic: name, partitions }, 'added the partitions that the source topic has got');
    description = (await admin.describe([name])).get(name);
  }
  if (!description) {
    throw new RekindleError(
      'TopicMissing',
      `Topic ${name} does not exist in the target cluster. Create it, or set createTopics.`,
    );
  }
  return description;
}

const MIN_INSYNC_REPLICAS = 'min.insync.replicas';

/**
 * Where more replicas are to be in sync than there are, nothing can ever be written.
 * @param broker what holds where the topic says nothing
 */
function writableWith(
  replicas: number,
  configs: Readonly<Record<string, string>>,
  broker: ReadonlyMap<string, string | null>,
): Readonly<Record<string, string>> {
  return inSyncFor(configs, broker) > replicas ? { ...configs, [MIN_INSYNC_REPLICAS]: String(replicas) } : configs;
}

/** How many replicas must be in sync, so that it can be written. */
const inSyncFor = (configs: Readonly<Record<string, string>>, broker: ReadonlyMap<string, string | null>): number =>
  Number(configs[MIN_INSYNC_REPLICAS] ?? broker.get(MIN_INSYNC_REPLICAS) ?? 0);

/** There may be a topic of that name by now: of an earlier attempt whose answer was lost, or of somebody else. */
async function createTopic(
  { admin, logger }: TargetContext,
  { name, plans }: TargetTopic,
  { finalConfigs, mark }: ClaimedTopic,
): Promise<void> {
  const brokers = await admin.brokers();
  const broker = await admin.brokerConfigs(brokers[0] ?? -1);
  const final = finalConfigs ?? {};
  const withReplicas = (replicationFactor: number): NewTopic => {
    const configs = writableWith(replicationFactor, final, broker);
    const guards = { largestBatch: largestBatch(plans), served: servedConfigs(broker), mark };
    return { name, partitions: plans.length, replicationFactor, configs: guardedConfigs(configs, guards) };
  };
  const archived = plans[0]?.topic.replicationFactor ?? 1;
  // A broker that is down may hold replicas, as long as those that are up suffice to write: it may be down for good.
  const suffices = brokers.length >= inSyncFor(final, broker);
  const asArchived = brokers.length >= archived || (suffices && (await admin.canReplicate(withReplicas(archived))));
  const topic = withReplicas(asArchived ? archived : brokers.length);
  const created = await admin.create(topic);
  if (created === 'created') {
    const { partitions, replicationFactor } = topic;
    logger.info({ topic: name, partitions, replicationFactor }, 'created the target topic');
    if (!asArchived) {
      logger.warn(
        { topic: name, archived },
        'it has fewer replicas than its source had: the cluster has no more brokers',
      );
    }
    if (topic.configs[MIN_INSYNC_REPLICAS] !== final[MIN_INSYNC_REPLICAS]) {
      logger.warn(
        { topic: name, replicationFactor },
        `lowered ${MIN_INSYNC_REPLICAS} to the replicas that the topic gets: with more, nothing could be written`,
      );
    }
  } else if (mark === null || markOf(await admin.configs(name)) !== mark) {
    throw new RekindleError(
      'TargetUnclaimed',
      `Topic ${name} was created by somebody else just before this restore would have done so. The next attempt looks at it as at any topic that exists.`,
    );
  }
}

/**
 * Sets the guards on a topic that the claim says gets its configuration back; leaves any other alone.
 * @param begun what the report knows of the topic
 * @returns everything that is now set and is to be taken back
 */
export async function guardTopic(
  { admin }: TargetContext,
  { name, plans }: TargetTopic,
  claimed: ClaimedTopic,
  begun: TopicReport | undefined,
): Promise<Record<string, string>> {
  if (claimed.finalConfigs === null) return {};
  const found = await admin.configs(name);
  const limit = ownLimit(claimed.finalConfigs, found);
  const served = new Set(found.keys());
  const guards = {
    ...begun?.guards,
    ...guardsFor({ largestBatch: largestBatch(plans), limit, served, mark: claimed.mark }),
  };
  await admin.alterConfigs(name, { set: guards });
  return guards;
}

/** Bytes of the largest batch that the topic takes by itself; 0 where only what a restore has set is known. */
function ownLimit(final: Readonly<Record<string, string>>, found: ReadonlyMap<string, ConfigEntry>): number {
  const own = final['max.message.bytes'];
  if (own !== undefined) return Number(own);
  return found.get('max.message.bytes')?.source === 'topic' ? 0 : maxMessageBytes(found);
}
