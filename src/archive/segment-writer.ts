import { createHash, type Hash } from 'node:crypto';
import type { NotVerbatim } from '../kafka/record-batch.ts';
import type { ObjectWriter, Storage } from '../storage/storage.ts';
import { partitionFolder, segmentName, type BatchRow, type IndexHeader, type Link } from './format.ts';
import type { PartitionOfArchive } from './chain.ts';
import { encodeIndex } from './index-file.ts';

/** What an index says that its batches do not. */
export interface Coverage {
  readonly coversFrom: number;
  readonly coversTo: number;
  readonly logStartOffset: number;
  readonly predecessor: Link | null;
}

/** A segment that is complete in the storage, index included, though no head names it yet. */
export interface WrittenSegment {
  readonly index: Link;
  readonly records: number;
  readonly bytes: number;
}

/** Writes one segment with its index: first the one, then the other. */
export class SegmentWriter {
  private readonly storage: Storage;
  private readonly of: PartitionOfArchive;
  private readonly session: number;
  private readonly baseOffset: number;
  private readonly log: ObjectWriter;
  private readonly hash: Hash = createHash('sha256');
  private readonly rows: BatchRow[] = [];
  private firstReason: NotVerbatim | null = null;
  private size = 0;

  private constructor(
    storage: Storage,
    of: PartitionOfArchive,
    session: number,
    baseOffset: number,
    log: ObjectWriter,
  ) {
    this.storage = storage;
    this.of = of;
    this.session = session;
    this.baseOffset = baseOffset;
    this.log = log;
  }

  static async open(
    storage: Storage,
    of: PartitionOfArchive,
    session: number,
    baseOffset: number,
  ): Promise<SegmentWriter> {
    const log = await storage.writer(keyIn(of, segmentName(session, baseOffset, 'log')));
    return new SegmentWriter(storage, of, session, baseOffset, log);
  }

  get bytes(): number {
    return this.size;
  }

  get batches(): number {
    return this.rows.length;
  }

  /** Takes the bytes over. */
  async append(batch: Buffer, row: Omit<BatchRow, 'position'>, notVerbatim: NotVerbatim | null): Promise<void> {
    this.rows.push({ position: this.size, ...row });
    this.firstReason ??= notVerbatim;
    this.size += batch.length;
    this.hash.update(batch);
    await this.log.write(batch);
  }

  /** Completes segment and index. */
  async finish(coverage: Coverage): Promise<WrittenSegment> {
    await this.log.commit();
    const index = encodeIndex(this.header(coverage), this.rows);
    const name = segmentName(this.session, this.baseOffset, 'index');
    const writer = await this.storage.writer(keyIn(this.of, name));
    await writer.write(index.body);
    await writer.commit();
    return { index: { name, sha256: index.sha256 }, records: sum(this.rows), bytes: this.size };
  }

  async abort(): Promise<void> {
    await this.log.abort();
  }

  private header(coverage: Coverage): Omit<IndexHeader, 'batches' | 'batchesSha256'> {
    return {
      format: 'rekindle-index/1',
      topic: this.of.topic,
      generation: this.of.generation,
      partition: this.of.partition,
      segment: segmentName(this.session, this.baseOffset, 'log').replace(/^.*\//, ''),
      bytes: this.size,
      sha256: this.hash.digest('hex'),
      records: sum(this.rows),
      coversFrom: coverage.coversFrom,
      coversTo: coverage.coversTo,
      logStartOffset: coverage.logStartOffset,
      baseOffset: this.baseOffset,
      lastOffset: this.rows.at(-1)?.lastOffset ?? this.baseOffset,
      minTimestamp: this.rows.reduce((least, row) => Math.min(least, row.minTimestamp), Infinity),
      maxTimestamp: this.rows.reduce((most, row) => Math.max(most, row.maxTimestamp), -Infinity),
      maxBatchBytes: this.rows.reduce((most, row) => Math.max(most, row.size), 0),
      notVerbatim: this.firstReason,
      predecessor: coverage.predecessor,
    };
  }
}

const sum = (rows: readonly BatchRow[]): number => rows.reduce((records, row) => records + row.count, 0);

const keyIn = (of: PartitionOfArchive, name: string): string =>
  `${partitionFolder(of.topic, of.generation, of.partition)}/${name}`;
