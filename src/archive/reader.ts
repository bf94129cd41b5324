import { RekindleError } from '../model/reasons.ts';
import { NotFound, type Storage } from '../storage/storage.ts';
import { walkChain } from './chain.ts';
import { mapInParallel } from '../model/parallel.ts';
import {
  digestOf,
  generationFolder,
  topicDocument,
  type ArchiveHead,
  type BatchRow,
  type HeadGeneration,
  type HeadPartition,
  type IndexHeader,
  type TopicDocument,
} from './format.ts';
import { readHead } from './head.ts';
import { readIndexRows } from './index-file.ts';
import { readSegment, type ReadBatch, type ReadOptions } from './segment-reader.ts';

export type { BatchRow } from './format.ts';
export type { ReadOptions } from './segment-reader.ts';

/** The newest generation of a topic, as the head has it. */
export interface ArchivedTopic {
  readonly name: string;
  /** Stable name of the generation: made of the source's cluster id and topic id. */
  readonly generation: string;
  readonly sourceClusterId: string;
  readonly topicId: string;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** Configuration that was set on the source topic itself. */
  readonly configs: Readonly<Record<string, string>>;
  readonly replicationFactor: number;
  readonly partitions: readonly ArchivedPartition[];
}

export interface ArchivedPartition {
  readonly partition: number;
  /** Oldest first. */
  readonly segments: readonly SegmentSummary[];
  readonly records: number;
  readonly bytes: number;
  /** Source offset up to which, exclusive, everything committed is in the archive. */
  readonly endOffset: number;
}

export interface SegmentSummary {
  /** Name of the index below the partition's folder. */
  readonly index: string;
  /** By what the chain names it. */
  readonly indexDigest: string;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly records: number;
  readonly bytes: number;
  readonly batches: number;
  /** ms since 1970. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  readonly maxBatchBytes: number;
  /** Null when a broker takes every batch as it is, else the first reason against one. */
  readonly verbatim: IndexHeader['notVerbatim'];
}

/** Partitions whose chains are walked at the same time: it is latency that takes the time. */
const CHAINS_AT_ONCE = 16;

/** An archive as its head was when it was opened. Whatever a backup adds later is not seen. */
export class Archive {
  readonly storage: Storage;
  readonly head: ArchiveHead;

  private constructor(storage: Storage, head: ArchiveHead) {
    this.storage = storage;
    this.head = head;
  }

  /** @throws RekindleError `ArchiveMissing`, `IndexDamaged`, `StorageUnreachable`, `NotAuthorized` */
  static async open(storage: Storage): Promise<Archive> {
    const found = await readHead(storage);
    if (found !== null) return new Archive(storage, found.head);
    throw new RekindleError(
      'ArchiveMissing',
      `There is no archive at ${storage.describe()}: it has no head.json. Check the location, or write one with rekindle backup.`,
    );
  }

  /**
   * The newest generation of a topic, with the chains of all its partitions verified.
   * @throws RekindleError `TopicNotInArchive`
   * @throws {ArchiveDamage} `SegmentMissing`, `SegmentDamaged`, `IndexDamaged`
   */
  async topic(name: string): Promise<ArchivedTopic> {
    const generation = this.head.topics.find((topic) => topic.name === name)?.generations.at(-1);
    if (generation === undefined) {
      const known = this.head.topics.map((topic) => topic.name).join(', ');
      throw new RekindleError(
        'TopicNotInArchive',
        `Topic ${name} is not in the archive at ${this.storage.describe()}. It has: ${known === '' ? 'no topics' : known}.`,
      );
    }
    return this.generation(name, generation);
  }

  /** One generation of a topic, which need not be the newest. Throws as {@link topic}. */
  async generation(name: string, of: HeadGeneration): Promise<ArchivedTopic> {
    const document = await this.topicDocument(name, of);
    return {
      name,
      generation: of.generation,
      sourceClusterId: document.sourceClusterId,
      topicId: document.topicId,
      timestampType: document.timestampType,
      configs: document.configs,
      replicationFactor: document.replicationFactor,
      partitions: await mapInParallel(of.partitions, CHAINS_AT_ONCE, (partition) =>
        this.partition(name, of.generation, partition),
      ),
    };
  }

  /**
   * The batches of a segment without their bytes.
   * @throws {ArchiveDamage} `SegmentMissing`, `IndexDamaged`
   */
  async readIndex(topic: ArchivedTopic, partition: number, segment: SegmentSummary): Promise<BatchRow[]> {
    const place = { topic: topic.name, generation: topic.generation, partition, object: segment.index };
    return readIndexRows(this.storage, place, segment.indexDigest);
  }

  /**
   * The batches of a segment with their bytes. Each header is compared with its row;
   * payload checksums are left to the broker, and to `verify`.
   *
   * @throws {ArchiveDamage} `SegmentMissing`, `SegmentDamaged`, `IndexDamaged`
   */
  async *readBatches(
    topic: ArchivedTopic,
    partition: number,
    segment: SegmentSummary,
    options: ReadOptions = {},
  ): AsyncGenerator<ReadBatch> {
    const rows = await this.readIndex(topic, partition, segment);
    const place = { topic: topic.name, generation: topic.generation, partition, object: segment.index };
    yield* readSegment(this.storage, place, rows, options);
  }

  /**
   * What the source topic was like when this generation was last written.
   * @throws RekindleError `IndexDamaged`
   */
  async topicDocument(topic: string, of: HeadGeneration): Promise<TopicDocument> {
    const key = `${generationFolder(topic, of.generation)}/${of.topic.name}`;
    const body = await this.storage.read(key).catch((error: unknown) => {
      if (error instanceof NotFound) return null;
      throw error;
    });
    if (body !== null && digestOf(body) === of.topic.sha256) return topicDocument.parse(JSON.parse(body.toString()));
    throw new RekindleError(
      'IndexDamaged',
      `Topic ${topic}: ${this.storage.describe(key)} is ${body === null ? 'missing' : 'not as it was written'}. Bring it back from a copy of the archive.`,
    );
  }

  private async partition(topic: string, generation: string, head: HeadPartition): Promise<ArchivedPartition> {
    const segments: SegmentSummary[] = [];
    const of = { topic, generation, partition: head.partition };
    for await (const { index, header, damage } of walkChain(this.storage, of, head)) {
      if (damage !== null) throw damage;
      segments.push({ ...summary(header), index: index.name, indexDigest: index.sha256 });
    }
    const { partition, records, bytes, nextOffset } = head;
    return { partition, segments: segments.reverse(), records, bytes, endOffset: nextOffset };
  }
}

function summary(header: IndexHeader): Omit<SegmentSummary, 'index' | 'indexDigest'> {
  const { baseOffset, lastOffset, records, bytes, batches, minTimestamp, maxTimestamp, maxBatchBytes } = header;
  const verbatim = header.notVerbatim;
  return { baseOffset, lastOffset, records, bytes, batches, minTimestamp, maxTimestamp, maxBatchBytes, verbatim };
}
