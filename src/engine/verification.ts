import { mapInParallel } from '../model/parallel.ts';
import type { Archive } from '../archive/reader.ts';
import { TopicAdmin } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import { verifyCrc } from '../kafka/record-batch.ts';
import { decodeRecords } from '../kafka/records.ts';
import { RekindleError } from '../model/reasons.ts';
import type { PartitionReport, PlannedTopic, Report } from '../model/report.ts';
import { compare, type ArchivedRecord, type Comparison } from './comparison.ts';
import { topicDigest } from './digest.ts';
import { explained } from './failure.ts';
import { LeaderConnections } from './leader-connections.ts';
import { openFrozen, planPartitions, type PartitionPlan } from './plan.ts';
import { replacementIn } from './replacement.ts';
import { RestoredRecords } from './restored-records.ts';

/** Partitions that are read at the same time. */
const PARTITIONS_AT_ONCE = 4;

/** Bytes read ahead from the archive for each of them. */
const READ_AHEAD_BYTES = 8 * 1024 * 1024;

export interface VerifiedPartition extends Comparison {
  readonly partition: number;
  /** Records of other producers from where the restore began, and those whose transactions were aborted. */
  readonly foreign: number;
  readonly aborted: number;
}

export interface VerifiedTopic {
  readonly source: string;
  readonly target: string;
  readonly equal: boolean;
  /** See docs/report.md. */
  readonly digest: Comparison['digest'];
  readonly partitions: readonly VerifiedPartition[];
}

/**
 * Reads archive and target from beginning to end, record by record, and compares them with each other and with what
 * the report says of them. Nothing of a restore is used for it but the report.
 * @param of.targets topics of the target; null for all that the report plans
 * @throws RekindleError `SegmentDamaged` and others for an archive that cannot be read, `ArchiveChanged`,
 *   `TargetReplaced`, `InvalidConfiguration`, `KafkaUnreachable` (also when a leader moves meanwhile)
 */
export async function verifyRestore(of: {
  readonly archive: Archive;
  readonly cluster: KafkaCluster;
  readonly report: Report;
  readonly targets: readonly string[] | null;
}): Promise<VerifiedTopic[]> {
  const { archive, cluster, report } = of;
  const admin = new TopicAdmin(cluster);
  const described = await admin.describe(report.topics.map(({ target }) => target));
  const replaced = replacementIn(report, cluster.clusterId, described);
  if (replaced) throw new RekindleError('TargetReplaced', replaced.message);
  const connections = new LeaderConnections(cluster, described);
  // Reports of an earlier version have the present one only.
  const ownIds = new Set([...report.producerIds, ...(report.producer ? [report.producer.producerId] : [])]);
  const verified: VerifiedTopic[] = [];
  try {
    for (const planned of plannedTopics(report, of.targets)) {
      const plans = planPartitions(archive, await openFrozen(archive, planned), planned);
      const partitions = await mapInParallel(plans, PARTITIONS_AT_ONCE, (plan) =>
        verifyPartition(plan, partitionReport(report, plan), {
          admin,
          connections,
          ownIds,
        }),
      );
      verified.push(verifiedTopic(planned, partitions));
    }
  } catch (error) {
    throw explained(error);
  } finally {
    connections.close();
  }
  return verified;
}

async function verifyPartition(
  plan: PartitionPlan,
  { runs, start }: PartitionReport,
  target: { admin: TopicAdmin; connections: LeaderConnections; ownIds: ReadonlySet<number> },
): Promise<VerifiedPartition> {
  const offsetOf = async (kind: 'earliest' | 'high-watermark'): Promise<number> =>
    (await target.admin.endOffsets(plan.target, [plan.partition], kind)).get(plan.partition) ?? 0;
  const log = { start: Math.max(start, await offsetOf('earliest')), end: await offsetOf('high-watermark') };
  const restored = new RestoredRecords(runs, target.ownIds);
  const at = { topic: plan.target, partition: plan.partition };
  const comparison = await target.connections.use(plan, (connection) =>
    compare(archivedRecords(plan), restored.read(connection, at, log)),
  );
  return { partition: plan.partition, ...comparison, ...restored.others };
}

async function* archivedRecords(plan: PartitionPlan): AsyncGenerator<ArchivedRecord> {
  const { signal } = new AbortController();
  for await (const { batch, bytes, release } of plan.batches(0, READ_AHEAD_BYTES, signal)) {
    if (!verifyCrc(bytes)) {
      throw new RekindleError(
        'SegmentDamaged',
        `Topic ${plan.topic.name}, partition ${plan.partition}: the batch at source offset ${batch.sourceOffset} is damaged in the archive. Bring it back from a copy (rekindle archive verify names all damage).`,
      );
    }
    for (const [i, record] of decodeRecords(bytes).entries()) yield { index: batch.index + i, record };
    release();
  }
}

function verifiedTopic({ source, target }: PlannedTopic, partitions: readonly VerifiedPartition[]): VerifiedTopic {
  const digestOf = (side: 'archive' | 'target'): string =>
    topicDigest(
      partitions.map(({ partition, records, found, digest }) => ({
        partition,
        records: side === 'archive' ? records : found,
        digest: digest[side],
      })),
    );
  return {
    source,
    target,
    equal: partitions.every(({ equal }) => equal),
    digest: { archive: digestOf('archive'), target: digestOf('target') },
    partitions,
  };
}

function plannedTopics(report: Report, targets: readonly string[] | null): PlannedTopic[] {
  if (targets === null) return report.plan;
  return targets.map((target) => {
    const planned = report.plan.find((topic) => topic.target === target);
    if (planned) return planned;
    const known = report.plan.map((topic) => topic.target).join(', ');
    throw new RekindleError(
      'InvalidConfiguration',
      `The report does not speak of a target topic ${target}. It has: ${known}.`,
    );
  });
}

function partitionReport(report: Report, { target, partition, name }: PartitionPlan): PartitionReport {
  const found = report.topics
    .find((topic) => topic.target === target)
    ?.partitions.find((known) => known.partition === partition);
  if (found) return found;
  throw new RekindleError(
    'InvalidConfiguration',
    `By the report the restore has not begun ${name}: nothing to verify.`,
  );
}
