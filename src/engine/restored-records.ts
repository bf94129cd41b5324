import type { BrokerConnection } from '../kafka/cluster.ts';
import { verifyCrc } from '../kafka/record-batch.ts';
import { decodeRecords, type RecordView } from '../kafka/records.ts';
import { RekindleError } from '../model/reasons.ts';
import type { OffsetRun } from '../model/report.ts';
import { firstRecordFrom, recordAt, type RecordPlace } from './runs.ts';
import { scan, type ScannedBatch } from './scan.ts';

/** Bytes of one Fetch; two of them are in memory for each partition that is read. */
const FETCH_BYTES = 4 * 1024 * 1024;

/** A record that stands where the report has one of the plan. */
export interface RestoredRecord {
  readonly place: RecordPlace;
  readonly record: RecordView;
}

/** Something that a true restore does not leave in a log. */
export interface Flaw {
  readonly flaw:
    /** The batch's checksum does not match its payload. */
    | 'damaged'
    /** Of a producer of the restore, where the report has none. */
    | 'repeated'
    /** In a transaction that was aborted, or not ended: readers of committed records do not see it. */
    | 'aborted'
    | 'uncommitted';
  /** By the report; null where it has none. */
  readonly place: RecordPlace | null;
  readonly targetOffset: number;
}

/** What a producer has in the log whose transaction may yet be ended in either way. */
interface Pending {
  /** Records of others. */
  others: number;
  restored: RecordPlace | null;
  /** Target offset. */
  repeated: number | null;
}

/** A partition's log as a report tells it, seen by readers of committed records. */
export class RestoredRecords {
  /** Records of others, committed and aborted ones. */
  readonly others = { foreign: 0, aborted: 0 };
  private readonly runs: readonly OffsetRun[];
  private readonly ownIds: ReadonlySet<number>;
  private readonly open = new Map<number, Pending>();

  /** @param ownIds producer ids of the restore */
  constructor(runs: readonly OffsetRun[], ownIds: ReadonlySet<number>) {
    this.runs = runs;
    this.ownIds = ownIds;
  }

  /**
   * Its records in the order of offsets, and what is wrong with it as soon as that is known.
   * @param log offsets to read from, and to, exclusive
   * @throws OutcomeUnknown, RekindleError `KafkaUnreachable`
   */
  async *read(
    connection: BrokerConnection,
    at: { topic: string; partition: number },
    log: { readonly start: number; readonly end: number },
  ): AsyncGenerator<RestoredRecord | Flaw> {
    for await (const scanned of scan(connection, at, log.start, log.end, FETCH_BYTES)) yield* this.judge(scanned);
    yield* this.end();
  }

  /** What is wrong with transactions that nobody has ended: called when there are no more batches. */
  *end(): Generator<Flaw> {
    for (const { others, restored, repeated } of this.open.values()) {
      this.others.foreign += others;
      if (repeated !== null) yield { flaw: 'repeated', place: null, targetOffset: repeated };
      if (restored !== null) yield { flaw: 'uncommitted', place: restored, targetOffset: restored.targetOffset };
    }
  }

  /** The same, for one batch after the other. */
  *judge({ header, bytes, commitMarker }: ScannedBatch): Generator<RestoredRecord | Flaw> {
    const { producerId } = header;
    const pending = this.open.get(producerId) ?? { others: 0, restored: null, repeated: null };
    if (header.control) {
      this.open.delete(producerId);
      yield* this.settle(pending, commitMarker);
      return;
    }
    const first = firstRecordFrom(this.runs, header.baseOffset);
    if (first !== null && first.targetOffset <= header.baseOffset + header.lastOffsetDelta) {
      pending.restored ??= first;
      if (!verifyCrc(bytes)) yield { flaw: 'damaged', place: first, targetOffset: first.targetOffset };
      yield* this.restoredIn(bytes, pending);
    } else if (this.ownIds.has(producerId)) {
      pending.repeated ??= header.baseOffset;
    } else {
      pending.others += header.count;
    }
    if (header.transactional) this.open.set(producerId, pending);
    else yield* this.settle(pending, true);
  }

  private *restoredIn(bytes: Buffer, pending: Pending): Generator<RestoredRecord> {
    for (const record of readable(bytes)) {
      const place = recordAt(this.runs, record.offset);
      if (place) yield { place, record };
      else pending.others += 1;
    }
  }

  private *settle({ others, restored, repeated }: Pending, committed: boolean): Generator<Flaw> {
    this.others[committed ? 'foreign' : 'aborted'] += others;
    if (committed && repeated !== null) yield { flaw: 'repeated', place: null, targetOffset: repeated };
    if (!committed && restored !== null) {
      yield { flaw: 'aborted', place: restored, targetOffset: restored.targetOffset };
    }
  }
}

/** The batch's records; none if they cannot be decoded, which is damage that its checksum has told. */
function readable(bytes: Buffer): RecordView[] {
  try {
    return decodeRecords(bytes);
  } catch (error) {
    if (error instanceof RekindleError) return [];
    throw error;
  }
}
