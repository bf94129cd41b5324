import { BufferPool } from '../archive/buffer-pool.ts';
import type { Archive, ArchivedPartition, ArchivedTopic, SegmentSummary } from '../archive/reader.ts';
import { DEFAULT_READ_AHEAD_BYTES } from '../archive/segment-reader.ts';
import { RekindleError } from '../model/reasons.ts';
import type { PlannedPartition, PlannedTopic } from '../model/report.ts';
import type { FedBatch } from './feed.ts';
import type { PlanBatch } from './ledger.ts';

interface PlannedSegment {
  summary: SegmentSummary;
  /** Plan index of its first record. */
  start: number;
}

/**
 * What must be in one target partition, batch by batch. A pure function of the frozen archive: batch k always holds the
 * same records, and an archive that has grown only appends.
 */
export class PartitionPlan {
  readonly target: string;
  readonly topic: ArchivedTopic;
  readonly archived: ArchivedPartition;
  readonly segments: PlannedSegment[];
  readonly records: number;
  readonly bytes: number;
  private readonly archive: Archive;

  constructor(archive: Archive, topic: ArchivedTopic, archived: ArchivedPartition, target: string, segments: number) {
    this.archive = archive;
    this.topic = topic;
    this.archived = archived;
    this.target = target;
    let start = 0;
    this.segments = archived.segments.slice(0, segments).map((summary) => {
      const planned = { summary, start };
      start += summary.records;
      return planned;
    });
    this.records = start;
    this.bytes = this.segments.reduce((sum, { summary }) => sum + summary.bytes, 0);
  }

  get partition(): number {
    return this.archived.partition;
  }

  /** `topic/partition` of the target, for messages. */
  get name(): string {
    return `${this.target}/${this.partition}`;
  }

  /** The batches from a plan index on, without their bytes. The index must be the first of a batch, or the end. */
  async *rows(from: number): AsyncGenerator<PlanBatch> {
    for (const segment of this.after(from)) {
      let index = segment.start;
      for (const row of await this.archive.readIndex(this.topic, this.partition, segment.summary)) {
        if (index >= from) yield batchOf(row, index);
        index += row.count;
      }
    }
  }

  /**
   * The batches from a plan index on, with their bytes, which are the caller's until it releases them.
   * @param limit bytes that may be in memory besides what the caller holds, but one batch at least
   */
  async *batches(from: number, limit: number, signal: AbortSignal): AsyncGenerator<FedBatch> {
    const readAheadBytes = Math.min(limit, DEFAULT_READ_AHEAD_BYTES);
    const buffers = new BufferPool(readAheadBytes / 2);
    for (const segment of this.after(from)) {
      let index = segment.start;
      let fromRow = 0;
      if (from > segment.start) {
        for (const row of await this.archive.readIndex(this.topic, this.partition, segment.summary)) {
          if (index >= from) break;
          index += row.count;
          fromRow += 1;
        }
        if (index !== from) throw new Error(`${this.name}: plan index ${from} is not the beginning of a batch`);
      }
      const batches = this.archive.readBatches(this.topic, this.partition, segment.summary, {
        fromRow,
        signal,
        readAheadBytes,
        buffers,
      });
      for await (const { row, bytes, release } of batches) {
        yield { batch: batchOf(row, index), bytes, release };
        index += row.count;
      }
    }
  }

  /**
   * Reads the indexes of all segments whole; up to here only their first lines were looked at.
   * @throws {ArchiveDamage} `SegmentMissing`, `IndexDamaged`
   */
  async checkIndexes(): Promise<void> {
    for (const { summary } of this.segments) await this.archive.readIndex(this.topic, this.partition, summary);
  }

  private after(from: number): PlannedSegment[] {
    return this.segments.filter(({ summary, start }) => start + summary.records > from);
  }
}

const batchOf = (row: { count: number; firstOffset: number; size: number; crc: number }, index: number): PlanBatch => ({
  index,
  count: row.count,
  sourceOffset: row.firstOffset,
  size: row.size,
  crc: row.crc,
});

/** The archive as it is now, as the plan of a Restore that begins or that has new records to restore. */
export function freeze(mapping: { source: string; target: string }, topic: ArchivedTopic): PlannedTopic {
  return {
    ...mapping,
    generation: topic.generation,
    partitions: topic.partitions.map((archived) => ({
      partition: archived.partition,
      segments: archived.segments.length,
      lastIndex: indexOf(archived.segments.at(-1)),
      endOffset: archived.endOffset,
      records: archived.segments.reduce((sum, segment) => sum + segment.records, 0),
      bytes: archived.segments.reduce((sum, segment) => sum + segment.bytes, 0),
    })),
  };
}

const indexOf = (segment: SegmentSummary | undefined): PlannedPartition['lastIndex'] =>
  segment ? { name: segment.index, sha256: segment.indexDigest } : null;

/**
 * The topic as far as it was frozen. What has come into the archive since, another generation or damage in newer
 * segments too, is of no concern to a restore that is under way.
 * @throws RekindleError `ArchiveChanged` when the archive does not have the generation any more
 * @throws {ArchiveDamage} `SegmentMissing`, `SegmentDamaged`, `IndexDamaged`
 */
export async function openFrozen(archive: Archive, planned: PlannedTopic): Promise<ArchivedTopic> {
  const { source, generation: name, partitions } = planned;
  const topic = archive.head.topics.find((known) => known.name === source);
  const generation = topic?.generations.find((known) => known.generation === name);
  if (!generation) {
    throw new RekindleError(
      'ArchiveChanged',
      `The archive does not have generation ${name} of topic ${source} any more, with which the restore began. Bring back the archive as it was, or start from zero with a new Restore.`,
    );
  }
  const frozen = partitions.map(({ endOffset, lastIndex, ...rest }) => ({
    ...rest,
    nextOffset: endOffset,
    last: lastIndex,
  }));
  return archive.generation(source, { ...generation, partitions: frozen });
}

/**
 * Plans of all partitions of a topic, from the frozen plan and the archive as found.
 * @throws RekindleError `ArchiveChanged` when the archive does not continue what was frozen
 */
export function planPartitions(archive: Archive, topic: ArchivedTopic, planned: PlannedTopic): PartitionPlan[] {
  if (topic.generation !== planned.generation) {
    throw new RekindleError(
      'ArchiveChanged',
      `Topic ${planned.source} in the archive is generation ${topic.generation}, the restore began with ${planned.generation}. Restore the new generation with a new Restore.`,
    );
  }
  return planned.partitions.map((frozen) => {
    const archived = topic.partitions.find(({ partition }) => partition === frozen.partition);
    if (!archived || !continues(archived, frozen)) {
      throw new RekindleError(
        'ArchiveChanged',
        `Topic ${planned.source}, partition ${frozen.partition}: the archive is not a continuation of the one that the restore began with (${frozen.segments} segments up to source offset ${frozen.endOffset}). Bring back the archive as it was, or start from zero with a new Restore.`,
      );
    }
    return new PartitionPlan(archive, topic, archived, planned.target, frozen.segments);
  });
}

function continues(archived: ArchivedPartition, frozen: PlannedPartition): boolean {
  const last = indexOf(archived.segments[frozen.segments - 1]);
  return last?.sha256 === frozen.lastIndex?.sha256;
}
