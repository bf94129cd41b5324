import { parseHeader, splitBatches, type BatchHeader } from '../kafka/record-batch.ts';

/** An aborted transaction, as a broker lists it beside the data of a fetch. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** A batch as fetched. */
export interface FetchedBatch {
  readonly header: BatchHeader;
  readonly bytes: Buffer;
}

/** What became of one fetch. */
export interface CommittedBatches {
  readonly batches: readonly FetchedBatch[];
  /** Offset after the last batch of the fetch, kept or not; null when it had none. */
  readonly nextOffset: number | null;
}

/**
 * The batches of a fetch that consumers with `isolation.level=read_committed` see, as the Java client picks them: no
 * markers, no batches of a producer from the first offset of its aborted transaction to its marker. Batches that
 * compaction has emptied are left out as well.
 *
 * @param aborted of this fetch: the broker lists every one that reaches into it
 * @throws RekindleError `Internal` when the record set is not made of batches
 */
export function committedBatches(recordSet: Buffer, aborted: readonly AbortedTransaction[]): CommittedBatches {
  const toCome = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  const batches: FetchedBatch[] = [];
  let nextOffset: number | null = null;
  for (const bytes of splitBatches(recordSet)) {
    const header = parseHeader(bytes);
    const lastOffset = header.baseOffset + Math.max(header.lastOffsetDelta, 0);
    nextOffset = lastOffset + 1;
    for (let first = toCome[0]; first !== undefined && first.firstOffset <= lastOffset; first = toCome[0]) {
      aborting.add(first.producerId);
      toCome.shift();
    }
    if (header.control) aborting.delete(header.producerId);
    else if (header.transactional && aborting.has(header.producerId)) continue;
    else if (header.count !== 0) batches.push({ header, bytes });
  }
  return { batches, nextOffset };
}
