import { RekindleError } from '../model/reasons.ts';
import { codecNames, decompress } from './compression.ts';
import { HEADER_BYTES, parseHeader, type BatchHeader } from './record-batch.ts';
import { VarintReader } from './wire/varint-reader.ts';

/*
 * A record within the (decompressed) records block of a batch. Varints are zigzag-encoded; a length of -1 means null.
 *
 *   varint  length             of all that follows
 *   int8    attributes         unused
 *   varlong timestamp delta    to the batch's base timestamp; may be negative
 *   varint  offset delta
 *   varint  key length, key
 *   varint  value length, value
 *   varint  number of headers, each: varint name length, name, varint value length, value
 */

export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/** One record as it is in its batch. Key, value and header values are views of the decompressed batch. */
export interface RecordView {
  readonly offset: number;
  /** ms since 1970: the producer's, or the broker's for batches with LogAppendTime. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In their order; a name may come more than once. */
  readonly headers: readonly RecordHeader[];
}

/**
 * All records of a batch of format version 2, of any codec.
 *
 * @throws {RekindleError} `SegmentDamaged` when the bytes are not what the header says.
 */
export function decodeRecords(batch: Buffer): RecordView[] {
  return read(batch, (reader, header) => {
    const { timestamp, offset } = readPosition(reader, header);
    const key = reader.nullableBytes();
    const value = reader.nullableBytes();
    const headers: RecordHeader[] = [];
    for (let left = reader.varint(); left > 0; left--) {
      headers.push({ name: reader.nullableBytes()?.toString() ?? '', value: reader.nullableBytes() });
    }
    return { offset, timestamp, key, value, headers };
  });
}

/**
 * The smallest timestamp of a batch's records, in ms; `maxTimestamp` of an empty batch. The header has the largest only.
 *
 * @throws {RekindleError} `SegmentDamaged` when the bytes are not what the header says.
 */
export function minTimestamp(batch: Buffer): number {
  let smallest = parseHeader(batch).maxTimestamp;
  read(batch, (reader, header, end) => {
    smallest = Math.min(smallest, readPosition(reader, header).timestamp);
    reader.at = end;
  });
  return smallest;
}

function readPosition(reader: VarintReader, header: BatchHeader): { timestamp: number; offset: number } {
  reader.byte(); // attributes
  const timestampDelta = reader.varlong();
  const offset = header.baseOffset + reader.varint();
  return { offset, timestamp: header.logAppendTime ? header.maxTimestamp : header.baseTimestamp + timestampDelta };
}

function read<T>(batch: Buffer, readRecord: (reader: VarintReader, header: BatchHeader, end: number) => T): T[] {
  const header = parseHeader(batch);
  try {
    if (header.magic !== 2) throw new RangeError(`Format version ${header.magic} is not read`);
    const reader = new VarintReader(decompress(header.codec, batch.subarray(HEADER_BYTES, header.size)));
    const records: T[] = [];
    for (let i = 0; i < header.count; i++) {
      const length = reader.varint();
      if (length < 0) throw new RangeError(`Record ${i} has a negative length`);
      const end = reader.at + length;
      records.push(readRecord(reader, header, end));
      if (reader.at !== end) throw new RangeError(`Record ${i} is not as long as it says`);
    }
    if (!reader.atEnd) throw new RangeError('Bytes follow the last record');
    return records;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new RekindleError(
      'SegmentDamaged',
      `The batch at offset ${header.baseOffset} (codec ${codecNames[header.codec] ?? header.codec}) cannot be decoded: ${problem}.`,
      { cause },
    );
  }
}
