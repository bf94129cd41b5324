import { parseHeader } from '../kafka/record-batch.ts';
import { minTimestamp } from '../kafka/records.ts';
import type { BatchRow } from './format.ts';

/** What the index says of a batch, wherever it lies. The records are decompressed for their smallest timestamp. */
export function rowOf(batch: Buffer): Omit<BatchRow, 'position'> {
  const header = parseHeader(batch);
  return {
    size: header.size,
    firstOffset: header.baseOffset,
    lastOffset: header.baseOffset + header.lastOffsetDelta,
    minTimestamp: minTimestamp(batch),
    maxTimestamp: header.maxTimestamp,
    count: header.count,
    crc: header.crc,
    attributes: header.attributes,
  };
}
