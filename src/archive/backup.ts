import { KafkaCluster } from '../kafka/cluster.ts';
import type { TopicDescription } from '../kafka/admin.ts';
import { RekindleError } from '../model/reasons.ts';
import { probeConditionalWrites } from '../storage/conditional-writes.ts';
import type { Storage } from '../storage/storage.ts';
import type { Logger } from '../telemetry/log.ts';
import { generationName } from './format.ts';
import { deleteLeftovers } from './leftovers.ts';
import { mapInParallel } from '../model/parallel.ts';
import { PartitionBackup, type HeldBack } from './partition-backup.ts';
import { WritingSession, type SessionOptions } from './session.ts';
import { CommittedSource, type SourceTopic } from './source.ts';
import { describeTopic, writeTopicDocument } from './topic-document.ts';

/** Default size of a segment. */
export const DEFAULT_SEGMENT_BYTES = 256 * 1024 * 1024;

/** Partitions that are read at the same time. Each holds two fetches and an unsent part of its segment at most. */
const PARTITIONS_AT_ONCE = 8;

export interface BackupOptions extends SessionOptions {
  /** librdkafka property names, `bootstrap.servers` at least. */
  readonly kafka: Readonly<Record<string, string>>;
  readonly topics: readonly string[];
  readonly storage: Storage;
  /** Size from which on a segment is completed. Default {@link DEFAULT_SEGMENT_BYTES}. */
  readonly segmentBytes?: number;
  readonly logger: Logger;
}

/** What one backup added to one topic. */
export interface TopicBackup {
  readonly topic: string;
  readonly generation: string;
  readonly partitions: number;
  readonly records: number;
  readonly bytes: number;
  /** Records in the archive by now. */
  readonly totalRecords: number;
  /** Partitions of which not all was backed up, because a transaction is open in them. */
  readonly heldBack: readonly (HeldBack & { readonly topic: string; readonly partition: number })[];
}

/**
 * Appends to an archive what the topics have by now. It may be killed at any moment: what it had completed is in the
 * archive, the next run adds the rest.
 *
 * @throws RekindleError `TopicMissing`, `ArchiveInUse`, `ArchiveChanged`, `InvalidConfiguration`, `KafkaUnreachable`,
 *   `StorageUnreachable`, `NotAuthorized` and others; each says what to do
 */
export async function backUp(options: BackupOptions): Promise<TopicBackup[]> {
  const { storage, logger } = options;
  const cluster = await KafkaCluster.connect(options.kafka, { logger });
  try {
    const source = new CommittedSource(cluster);
    const topics = await existingTopics(source, options.topics);
    await probeConditionalWrites(storage);
    const session = await WritingSession.claim(storage, options);
    try {
      const results = await backUpTopics(options, cluster.clusterId, source, session, topics);
      await session.close();
      return results;
    } catch (error) {
      await session.close().catch(() => undefined); // The first error says more.
      throw error;
    }
  } finally {
    await cluster.close();
  }
}

async function existingTopics(
  source: CommittedSource,
  names: readonly string[],
): Promise<Map<string, TopicDescription>> {
  const described = await source.admin.describe([...new Set(names)]);
  const missing = names.filter((name) => !described.has(name));
  if (missing.length > 0) {
    throw new RekindleError('TopicMissing', `The source cluster has no topic ${missing.join(', ')}. Check --topics.`);
  }
  const internal = names.filter((name) => described.get(name)?.internal);
  if (internal.length > 0) {
    throw new RekindleError(
      'InvalidConfiguration',
      `Kafka keeps its own state in ${internal.join(', ')}: restored elsewhere it would be wrong. Leave it out.`,
    );
  }
  return described;
}

interface PartitionJob {
  readonly topic: SourceTopic;
  readonly generation: string;
  readonly partition: number;
  readonly logStartOffset: number;
}

async function backUpTopics(
  options: BackupOptions,
  clusterId: string,
  source: CommittedSource,
  session: WritingSession,
  topics: ReadonlyMap<string, TopicDescription>,
): Promise<TopicBackup[]> {
  const jobs: PartitionJob[] = [];
  for (const [name, description] of topics) {
    const generation = generationName(clusterId, description.id);
    const topic = { name, id: description.id };
    const document = await describeTopic(source.admin, clusterId, name, description);
    const earliest = await source.earliest(
      topic,
      description.partitions.map(({ partition }) => partition),
    );
    const known = session.topicDocument(name, generation);
    const link = await writeTopicDocument(options.storage, generation, session.session, document, known);
    session.setGeneration(name, generation, link, earliest);
    for (const [partition, logStartOffset] of earliest) jobs.push({ topic, generation, partition, logStartOffset });
  }
  const added = await mapInParallel(jobs, PARTITIONS_AT_ONCE, (job) => backUpPartition(options, source, session, job));
  return [...Map.groupBy(added, ({ topic }) => topic).values()].map(sumUp);
}

async function backUpPartition(
  options: BackupOptions,
  source: CommittedSource,
  session: WritingSession,
  job: PartitionJob,
): Promise<TopicBackup> {
  const { storage, logger, segmentBytes = DEFAULT_SEGMENT_BYTES } = options;
  const { topic, generation, partition, logStartOffset } = job;
  const of = { topic: topic.name, generation, partition };
  const from = session.partition(topic.name, generation, partition);
  if (session.afterCrash) await deleteLeftovers(storage, of, { session: session.session, nextOffset: from.nextOffset });
  if (from.last !== null && logStartOffset > from.nextOffset) {
    logger.warn(
      { ...of, from: from.nextOffset, to: logStartOffset },
      'retention deleted records since the last backup',
    );
  }
  const onComplete = (complete: typeof from): void => session.setPartition(topic.name, generation, complete);
  const { to, heldBack } = await new PartitionBackup({
    ...{ source, topic, storage, of, from, logStartOffset, segmentBytes, onComplete },
    session: session.session,
    signal: session.lost,
  }).run();
  logger.debug({ ...of, from: from.nextOffset, to: to.nextOffset }, 'partition backed up');
  if (heldBack !== null) {
    const sentence = `a transaction is open at offset ${heldBack.at}: the ${heldBack.behind} offsets from there on come with a backup after its end (kafka-transactions.sh find-hanging names one that nobody ends)`;
    logger.warn({ ...of, ...heldBack }, sentence);
  }
  return {
    ...{ topic: topic.name, generation, partitions: 1 },
    records: to.records - from.records,
    bytes: to.bytes - from.bytes,
    totalRecords: to.records,
    heldBack: heldBack === null ? [] : [{ topic: topic.name, partition, ...heldBack }],
  };
}

function sumUp(partitions: readonly TopicBackup[]): TopicBackup {
  return partitions.reduce((sum, one) => ({
    topic: sum.topic,
    generation: sum.generation,
    partitions: sum.partitions + one.partitions,
    records: sum.records + one.records,
    bytes: sum.bytes + one.bytes,
    totalRecords: sum.totalRecords + one.totalRecords,
    heldBack: [...sum.heldBack, ...one.heldBack],
  }));
}
