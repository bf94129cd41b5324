import { z } from 'zod';
import { deliveryKind, proofKind } from './order.ts';
import { reasons, type Reason } from './reasons.ts';

/**
 * The report: one JSON document per epoch (`report.<epoch>.json`), made to be read with `cat`. The target's log is the
 * truth; what stands here bounds how much of it must be read on a resume.
 *
 * Words: *plan index* is the index of a record within its partition's plan, 0 for the first record of the archive.
 */

const offset = z.number().int().nonnegative();
const count = z.number().int().nonnegative();
const timestamp = z.iso.datetime();
const reason = z.enum(Object.keys(reasons) as [Reason, ...Reason[]]);

/** One partition of the frozen plan: what of the archive belongs to this Restore. */
export const plannedPartition = z.object({
  partition: z.number().int().nonnegative(),
  /** Number of archive segments in the plan, from the oldest on. */
  segments: count,
  /**
   * Index of the last of these segments: its name below the partition's folder, and the digest of its first line. It
   * chains back over all of them. Null when there is none.
   */
  lastIndex: z.object({ name: z.string(), sha256: z.string() }).nullable(),
  /** Source offset that the plan reaches up to, exclusive. */
  endOffset: offset,
  records: count,
  /** Bytes of the record batches, headers included, as they stand in the archive. */
  bytes: count,
});
export type PlannedPartition = z.infer<typeof plannedPartition>;

export const plannedTopic = z.object({
  source: z.string(),
  target: z.string(),
  /** Generation of the source topic in the archive: its cluster id and topic id. */
  generation: z.string(),
  partitions: z.array(plannedPartition),
});
export type PlannedTopic = z.infer<typeof plannedTopic>;

/**
 * Records that stand one after the other in source and target: `[plan index, source offset, target offset, count]`.
 * All runs together are the map from source offsets to target offsets, and the ledger of the restore.
 */
export const offsetRun = z.tuple([count, offset, offset, count]);
export type OffsetRun = z.infer<typeof offsetRun>;

/** Batches of other producers found between our own: `[first target offset, count of offsets]`. */
export const foreignRun = z.tuple([offset, count]);

const lastBatch = z.object({
  ...{ offset, index: count, count, crc: z.number().int() },
  leaderEpoch: z.number().int().default(-1),
});

export const partitionReport = z.object({
  partition: z.number().int().nonnegative(),
  /** Target offset below which nothing of this Restore can stand: the log's end when the Restore began. */
  start: offset,
  /** Records in the target that a committed transaction covers. */
  committed: count,
  /** Records that the broker has acknowledged; never less than `committed`. */
  acknowledged: count,
  /** Bytes of the acknowledged batches. */
  bytes: count,
  /**
   * The last acknowledged batch, looked at first on a resume. CRC as it stands in the target; leader epoch under which
   * it was appended, -1 when that is not known.
   */
  last: lastBatch.nullable(),
  /** Target offset below which everything is being deleted, so that the partition begins again there; null otherwise. */
  purgeTo: offset.nullable().default(null),
  runs: z.array(offsetRun),
  foreign: z.array(foreignRun),
  /** The topic was not guarded for a while: what is acknowledged is read again before more is written or proved. */
  doubted: z.boolean().default(false),
  /** Records that a proof has covered. What leaves the topic after that, by its retention, is not missing. */
  proved: count.default(0),
  /** The last batch among those; null where nothing was proved, and in reports of earlier versions. */
  provedLast: lastBatch.nullable().default(null),
  /** A newer report is lost: its process may have deleted what is on record here, to begin the partition again. */
  orphaned: z.boolean().default(false),
  /** Why this partition stands still; the others go on. */
  error: z.object({ reason, message: z.string(), at: timestamp }).nullable(),
});
export type PartitionReport = z.infer<typeof partitionReport>;

/** A partition of which nothing is restored yet. */
export const emptyPartition = (partition: number, start: number): PartitionReport => ({
  partition,
  start,
  committed: 0,
  acknowledged: 0,
  bytes: 0,
  last: null,
  purgeTo: null,
  runs: [],
  foreign: [],
  doubted: false,
  proved: 0,
  provedLast: null,
  orphaned: false,
  error: null,
});

export const topicReport = z.object({
  target: z.string(),
  /** Topic id in the target cluster: a topic that was deleted and created again has another one. */
  id: z.string(),
  /** Configuration that the restore has set on the topic and not taken back yet, by name. */
  guards: z.record(z.string(), z.string()).default({}),
  partitions: z.array(partitionReport),
});
export type TopicReport = z.infer<typeof topicReport>;

export const hasGuards = ({ guards }: TopicReport): boolean => Object.keys(guards).length > 0;

/** What is in the topic is read again before more is written or proved. */
export function doubt({ partitions }: TopicReport): void {
  for (const partition of partitions) partition.doubted = true;
}

/**
 * One producer epoch: the only writer of its time. Sequence numbers count from `base`, the plan index per partition at
 * which the epoch began (`base[target][partition]`).
 */
export const producerSession = z.object({
  producerId: z.number().int(),
  producerEpoch: z.number().int(),
  base: z.record(z.string(), z.array(count)),
});
export type ProducerSession = z.infer<typeof producerSession>;

export const attemptRecord = z.object({
  attempt: z.number().int().positive(),
  epoch: z.number().int().positive(),
  /** Pod or host that made this attempt. */
  identity: z.string(),
  /** Digest of the image that it ran, as its kubelet tells it; null where nobody knows: on the command line, or too early. */
  imageId: z.string().nullable().default(null),
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  /** Records in place when the attempt began and when it ended. */
  resumedFrom: count,
  reached: count,
  /** Why it ended: a reason of the catalogue, or Done. */
  outcome: z.string().nullable(),
});

export const proofRecord = z.object({
  at: timestamp,
  kind: proofKind,
  records: count,
  runs: count,
  /** Markers of our own commits between and behind the runs, and offsets of other producers there. */
  markers: count,
  foreign: count,
  /** Only of a `ReadBack`: batches whose payload was read again and checked, and their bytes. */
  batches: count.optional(),
  bytes: count.optional(),
});
export type ProofRecord = z.infer<typeof proofRecord>;

/**
 * State of the whole: `Opened` nothing was written yet; `Restoring`; `Restored` all records are in the target; `Proved`;
 * `Done` the topics' configuration was put back too; `Failed` needs a person.
 */
export const reportState = z.enum(['Opened', 'Restoring', 'Restored', 'Proved', 'Done', 'Failed']);
export type ReportState = z.infer<typeof reportState>;

export const report = z.object({
  version: z.literal(1),
  restore: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
  epoch: z.number().int().positive(),
  state: reportState,
  updatedAt: timestamp,
  plan: z.array(plannedTopic),
  /** Cluster that the records go to; null until the target was prepared. */
  clusterId: z.string().nullable(),
  /** How it writes; fixed once the target was prepared. */
  delivery: deliveryKind.default('Transactional'),
  transactionalId: z.string(),
  producer: producerSession.nullable(),
  /** All that ever wrote for this restore, also under reports that are gone. */
  producerIds: z.array(z.number().int()).default([]),
  attempts: z.array(attemptRecord),
  /** Target side; empty until the target was prepared. */
  topics: z.array(topicReport),
  proof: proofRecord.nullable(),
  /** What the restore holds for, until a person agrees or the world is put right. */
  hold: z.object({ at: timestamp, reason: z.string(), message: z.string() }).nullable().default(null),
  /** What a person has agreed to and was not acted on yet, as another hold was behind it: one for each reason. */
  agreed: z.array(z.object({ reason: z.string(), message: z.string() })).default([]),
  /** Last errors of the whole, newest last, at most 20; each also stands in `errors.<epoch>.ndjson`. */
  errors: z.array(z.object({ at: timestamp, reason: z.string(), message: z.string() })),
});
export type Report = z.infer<typeof report>;

/** Sums of a report that a person asks for first. */
export function totals(of: Report): {
  records: number;
  bytes: number;
  acknowledged: number;
  committed: number;
  acknowledgedBytes: number;
  partitions: number;
  partitionsDone: number;
} {
  const sum = {
    records: 0,
    bytes: 0,
    acknowledged: 0,
    committed: 0,
    acknowledgedBytes: 0,
    partitions: 0,
    partitionsDone: 0,
  };
  // By name: topics may be added to a Restore in front of others.
  const topics = new Map(of.topics.map(({ target, partitions }) => [target, partitions]));
  for (const { target, partitions } of of.plan) {
    const reports = new Map(topics.get(target)?.map((reached) => [reached.partition, reached]));
    for (const planned of partitions) {
      const reached = reports.get(planned.partition);
      sum.records += planned.records;
      sum.bytes += planned.bytes;
      sum.partitions += 1;
      sum.acknowledged += reached?.acknowledged ?? 0;
      sum.committed += reached?.committed ?? 0;
      sum.acknowledgedBytes += reached?.bytes ?? 0;
      if ((reached?.committed ?? 0) >= planned.records) sum.partitionsDone += 1;
    }
  }
  return sum;
}

/**
 * The first report of a Restore, before anything is planned.
 * @param at ISO 8601
 */
export const emptyReport = (restore: Report['restore'], epoch: number, at: string): Report => ({
  version: 1,
  restore,
  epoch,
  state: 'Opened',
  updatedAt: at,
  plan: [],
  clusterId: null,
  delivery: 'Transactional',
  transactionalId: `rekindle-${restore.uid}`,
  producer: null,
  producerIds: [],
  attempts: [],
  topics: [],
  proof: null,
  hold: null,
  agreed: [],
  errors: [],
});
