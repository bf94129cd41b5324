import { SEQUENCES, stampedCrc, type BatchHeader } from '../kafka/record-batch.ts';
import type { PlanBatch } from './ledger.ts';

/** Sequence number of the batch that begins at a plan index, in a producer epoch that began at `base`. */
export const sequenceOf = (index: number, base: number): number => (index - base) % SEQUENCES;

/** What a batch found in the target is, seen from the plan. */
export type Verdict =
  /** The batch of the plan that was expected next, byte for byte. */
  | { is: 'ours'; crc: number }
  /** Written by somebody else, or a marker of somebody else's transaction. */
  | { is: 'foreign' }
  /** End of one of our transactions. */
  | { is: 'marker'; committed: boolean }
  /** Ours, but its records are there already. */
  | { is: 'repeat'; index: number }
  /** Ours, but records before it are missing. */
  | { is: 'hole'; index: number }
  /** At the place of the expected batch, with other bytes. */
  | { is: 'different'; index: number };

/** The producer epoch that wrote last, as the report knows it, in one partition. */
export interface Writer {
  producerId: number;
  producerEpoch: number;
  /** Plan index at which the epoch began here. */
  base: number;
}

/**
 * Judges the batches of one partition's log, in the order of offsets, against the plan.
 *
 * An epoch newer than the one on record belongs to a process whose report was lost: it began where the records before
 * it end, so its first batch must be the one expected there.
 */
export class Coverage {
  private readonly writer: Writer;
  private readonly ownIds: ReadonlySet<number>;

  /** @param ownIds all producer ids that this Restore was ever given */
  constructor(writer: Writer, ownIds: ReadonlySet<number>) {
    this.writer = { ...writer };
    this.ownIds = ownIds;
  }

  /**
   * @param header of the batch as fetched
   * @param commitMarker for a control batch: whether it ends a transaction by a commit
   * @param next plan index of the record expected next
   * @param expected the plan's batch at `next`; null when the plan has no more
   */
  judge(header: BatchHeader, commitMarker: boolean, next: number, expected: PlanBatch | null): Verdict {
    if (!this.ownIds.has(header.producerId)) return { is: 'foreign' };
    if (header.control) return { is: 'marker', committed: commitMarker };

    const { writer } = this;
    if (header.producerId !== writer.producerId || header.producerEpoch > writer.producerEpoch) {
      Object.assign(writer, { producerId: header.producerId, producerEpoch: header.producerEpoch, base: next });
    }
    if (header.producerEpoch < writer.producerEpoch) {
      // Without transactions nobody refuses what an older epoch had on its way. It does no harm in its place.
      const inPlace = !header.transactional && expected !== null && isBatch(header, expected);
      return inPlace ? { is: 'ours', crc: header.crc } : { is: 'repeat', index: next };
    }

    const ahead = (header.baseSequence - sequenceOf(next, writer.base) + SEQUENCES) % SEQUENCES;
    // Half of the sequence space tells what lies before from what lies after.
    if (ahead >= SEQUENCES / 2) return { is: 'repeat', index: next + ahead - SEQUENCES };
    if (ahead > 0) return { is: 'hole', index: next + ahead };
    if (expected === null || !isBatch(header, expected)) return { is: 'different', index: next };
    return { is: 'ours', crc: header.crc };
  }
}

/** Whether what was fetched is the batch of the plan, byte for byte. */
export const isBatch = (header: BatchHeader, batch: PlanBatch): boolean =>
  header.count === batch.count && header.crc === stampedCrc(batch, header);
