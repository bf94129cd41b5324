import type { FetchResult } from '../kafka/fetch.ts';
import { KafkaProtocolError } from '../kafka/errors.ts';
import { strip, verifyCrc, whyNotVerbatim, type BatchHeader } from '../kafka/record-batch.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Storage } from '../storage/storage.ts';
import { rowOf } from './batch-row.ts';
import type { PartitionOfArchive } from './chain.ts';
import { committedBatches } from './committed.ts';
import type { HeadPartition } from './format.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { CommittedSource, SourceTopic } from './source.ts';

/** Batches of a segment at most, so that its index, which is read as a whole, stays below 8 MiB. */
const SEGMENT_BATCHES = 65_536;

export interface PartitionBackupOptions {
  readonly source: CommittedSource;
  readonly topic: SourceTopic;
  readonly storage: Storage;
  readonly of: PartitionOfArchive;
  readonly session: number;
  /** The partition as it stands in the head. */
  readonly from: HeadPartition;
  /** First offset that the source still has. */
  readonly logStartOffset: number;
  /** Size from which on a segment is completed. */
  readonly segmentBytes: number;
  /** Called with what a head may name from now on: whole segments only. */
  readonly onComplete: (partition: HeadPartition) => void;
  readonly signal: AbortSignal;
}

/** A transaction that was open: what stands behind its first record is for a later backup. */
export interface HeldBack {
  /** Source offset of its first record. */
  readonly at: number;
  /** Offsets from there to the end of the log. */
  readonly behind: number;
}

/** Appends to the archive what a partition has between the archive's end and the present one. */
export class PartitionBackup {
  private readonly options: PartitionBackupOptions;
  private complete: HeadPartition;
  private segment: SegmentWriter | null = null;
  private heldBack: HeldBack | null = null;
  private logStartOffset: number;

  constructor(options: PartitionBackupOptions) {
    this.options = options;
    this.complete = options.from;
    this.logStartOffset = options.logStartOffset;
  }

  /** @throws RekindleError, and the signal's reason */
  async run(): Promise<{ to: HeadPartition; heldBack: HeldBack | null }> {
    try {
      await this.copy();
      return { to: this.complete, heldBack: this.heldBack };
    } catch (error) {
      await this.segment?.abort().catch(() => undefined);
      throw error;
    }
  }

  private async copy(): Promise<void> {
    let offset = Math.max(this.complete.nextOffset, this.logStartOffset);
    let answer = await this.fetch(offset, 0);
    const { lastStableOffset: end, highWatermark } = answer;
    if (highWatermark > end) this.heldBack = { at: end, behind: highWatermark - end };
    while (offset < end) {
      this.options.signal.throwIfAborted();
      const { batches, nextOffset } = committedBatches(answer.recordSet, answer.aborted);
      // The source gives an answer without data only where compaction has left none up to the end.
      offset = Math.max(offset, nextOffset ?? end);
      const next = offset < end ? this.fetch(offset, end) : null;
      next?.catch(() => undefined);
      for (const { header, bytes } of batches) await this.append(header, bytes);
      if (next !== null) answer = await next;
    }
    if (offset > this.complete.nextOffset) await this.completeSegment(offset);
  }

  /** @param stable last stable offset that was seen before */
  private async fetch(offset: number, stable: number): Promise<FetchResult> {
    const { source, topic, of } = this.options;
    try {
      const answer = await source.fetch(topic, of.partition, offset, stable);
      this.logStartOffset = answer.logStartOffset;
      return answer;
    } catch (error) {
      if (!(error instanceof KafkaProtocolError) || error.codeName !== 'OFFSET_OUT_OF_RANGE') throw error;
      throw await this.outOfRange(offset, error);
    }
  }

  private async outOfRange(offset: number, cause: KafkaProtocolError): Promise<RekindleError> {
    const { source, topic, of } = this.options;
    const start = (await source.earliest(topic, [of.partition])).get(of.partition) ?? 0;
    const what =
      start > offset
        ? `retention has deleted records before they could be read (the log starts at ${start} by now). Run the backup again, or raise the retention`
        : `the source's log ends before offset ${offset}, which the archive has already: the source has lost records. Compare it with the archive; a backup into a new location takes it as it is`;
    return new RekindleError('ArchiveChanged', `Topic ${of.topic}, partition ${of.partition}: ${what}.`, { cause });
  }

  private async append(fetched: BatchHeader, bytes: Buffer): Promise<void> {
    const { of, storage, session, segmentBytes } = this.options;
    this.refuse(fetched, bytes);
    strip(bytes);
    const full = this.segment !== null && this.segment.bytes + bytes.length > segmentBytes;
    if (full || this.segment?.batches === SEGMENT_BATCHES) await this.completeSegment(fetched.baseOffset);
    this.segment ??= await SegmentWriter.open(storage, of, session, fetched.baseOffset);
    await this.segment.append(bytes, rowOf(bytes), whyNotVerbatim(fetched));
  }

  private refuse(header: BatchHeader, bytes: Buffer): void {
    const where = `Topic ${this.options.of.topic}, partition ${this.options.of.partition}, source offset ${header.baseOffset}`;
    if (header.magic !== 2) {
      throw new RekindleError(
        'BatchNotVerbatim',
        `${where}: this batch has message format v${header.magic}, which archives do not hold. Copy the topic with a client first, so that it is written in format v2.`,
      );
    }
    if (!verifyCrc(bytes)) {
      throw new RekindleError(
        'SegmentDamaged',
        `${where}: this batch's checksum does not match its contents, in the source or on the way from it. Run the backup again; if it stays, the source's log is damaged.`,
      );
    }
    if (header.baseOffset < this.complete.nextOffset && this.complete.last !== null) {
      throw new RekindleError(
        'ArchiveChanged',
        `${where}: the archive already has records up to ${this.complete.nextOffset}, which lies within this batch: the source's log is not the one that was backed up. A backup into a new location takes it as it is.`,
      );
    }
  }

  private async completeSegment(nextOffset: number): Promise<void> {
    const { nextOffset: coversFrom, last, ...totals } = this.complete;
    const coverage = { coversFrom, coversTo: nextOffset, logStartOffset: this.logStartOffset, predecessor: last };
    const written = await this.segment?.finish(coverage);
    this.segment = null;
    this.complete = {
      partition: totals.partition,
      nextOffset,
      records: totals.records + (written?.records ?? 0),
      bytes: totals.bytes + (written?.bytes ?? 0),
      segments: totals.segments + (written === undefined ? 0 : 1),
      last: written?.index ?? last,
    };
    this.options.onComplete(this.complete);
  }
}
