import { RekindleError } from '../model/reasons.ts';
import { crc32c, crcAfterXor } from './crc32c.ts';

/*
 * RecordBatch, format version ("magic") 2, as on disk and on the wire. All numbers big-endian.
 *
 *   at  size  field
 *    0     8  base offset            set by the broker; not covered by the CRC
 *    8     4  length                 of all that follows
 *   12     4  partition leader epoch set by the broker; not covered by the CRC
 *   16     1  magic
 *   17     4  CRC-32C                over everything from the attributes on
 *   21     2  attributes             bits 0-2 codec, 3 append time, 4 transactional, 5 control, 6 delete horizon
 *   23     4  last offset delta
 *   27     8  base timestamp         of the first record, or the delete horizon (bit 6)
 *   35     8  max timestamp
 *   43     8  producer id
 *   51     2  producer epoch
 *   53     4  base sequence
 *   57     4  record count
 *   61        records, compressed as one block
 *
 * Magic 0 and 1 share the first 17 bytes' layout only as far as offset, length and magic are concerned.
 */
const BASE_OFFSET = 0;
const LENGTH = 8;
const LEADER_EPOCH = 12;
const MAGIC = 16;
const CRC = 17;
const ATTRIBUTES = 21;
const LAST_OFFSET_DELTA = 23;
const BASE_TIMESTAMP = 27;
const MAX_TIMESTAMP = 35;
const PRODUCER_ID = 43;
const PRODUCER_EPOCH = 51;
const BASE_SEQUENCE = 53;
const COUNT = 57;

/** Size of a batch's header; the records begin here. */
export const HEADER_BYTES = 61;

/** Base offset and length: what the length field does not count. */
const LENGTH_PREFIX_BYTES = 12;
/** Offset, length, leader epoch (or CRC) and magic: enough to tell the format version. */
const MAGIC_PREFIX_BYTES = 17;

const CODEC_MASK = 0b111;
const APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const DELETE_HORIZON = 1 << 6;

/** Sequences run from 0 to 2^31 - 1 and start again at 0. */
export const SEQUENCES = 2 ** 31;

/** A batch's header. Offsets, ids and timestamps (ms since 1970) are exact below 2^53. */
export interface BatchHeader {
  readonly baseOffset: number;
  /** Bytes of the whole batch, header included. */
  readonly size: number;
  /** Epoch of the leader that appended the batch; -1 when it has not been appended. */
  readonly leaderEpoch: number;
  readonly magic: number;
  /** CRC-32C as written in the header, unsigned. */
  readonly crc: number;
  readonly attributes: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  /** The time of all records is `maxTimestamp`, set by the broker. */
  readonly logAppendTime: boolean;
  readonly transactional: boolean;
  /** A commit or abort marker. */
  readonly control: boolean;
  /** The base timestamp field holds a delete horizon of compaction. */
  readonly deleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1 without a producer. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
}

/**
 * The header of the batch that starts at `at`. Of magic 0 and 1 only `baseOffset`, `size`, `magic` and `crc` have a
 * meaning; the rest is -1, 0 or false.
 *
 * @throws {RangeError} when the buffer ends within the header.
 */
export function parseHeader(buffer: Buffer, at = 0): BatchHeader {
  const magic = buffer.readUInt8(at + MAGIC);
  const size = LENGTH_PREFIX_BYTES + buffer.readInt32BE(at + LENGTH);
  const baseOffset = readInt64(buffer, at + BASE_OFFSET);
  if (magic < 2) return { ...withoutMeaning, magic, size, baseOffset, crc: buffer.readUInt32BE(at + LEADER_EPOCH) };
  const attributes = buffer.readInt16BE(at + ATTRIBUTES);
  return {
    baseOffset,
    size,
    leaderEpoch: buffer.readInt32BE(at + LEADER_EPOCH),
    magic,
    crc: buffer.readUInt32BE(at + CRC),
    attributes,
    codec: attributes & CODEC_MASK,
    logAppendTime: (attributes & APPEND_TIME) !== 0,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    deleteHorizon: (attributes & DELETE_HORIZON) !== 0,
    lastOffsetDelta: buffer.readInt32BE(at + LAST_OFFSET_DELTA),
    baseTimestamp: readInt64(buffer, at + BASE_TIMESTAMP),
    maxTimestamp: readInt64(buffer, at + MAX_TIMESTAMP),
    producerId: readInt64(buffer, at + PRODUCER_ID),
    producerEpoch: buffer.readInt16BE(at + PRODUCER_EPOCH),
    baseSequence: buffer.readInt32BE(at + BASE_SEQUENCE),
    count: buffer.readInt32BE(at + COUNT),
  };
}

const withoutMeaning = {
  leaderEpoch: -1,
  attributes: 0,
  codec: 0,
  logAppendTime: false,
  transactional: false,
  control: false,
  deleteHorizon: false,
  lastOffsetDelta: -1,
  baseTimestamp: -1,
  maxTimestamp: -1,
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  count: -1,
};

/**
 * The whole batches of a record set, as views. A broker cuts the last batch where the fetch's size limit falls: that
 * tail is dropped.
 *
 * @throws {RekindleError} `Internal` when a length cannot be one, so that the rest cannot be split.
 */
export function* splitBatches(recordSet: Buffer): Generator<Buffer> {
  for (let at = 0; at + MAGIC_PREFIX_BYTES <= recordSet.length;) {
    const size = LENGTH_PREFIX_BYTES + recordSet.readInt32BE(at + LENGTH);
    const smallest = recordSet.readUInt8(at + MAGIC) < 2 ? MAGIC_PREFIX_BYTES : HEADER_BYTES;
    if (size < smallest) {
      throw new RekindleError(
        'Internal',
        `A record set has a batch of ${size} bytes at position ${at}: it is damaged.`,
      );
    }
    if (at + size > recordSet.length) return;
    yield recordSet.subarray(at, at + size);
    at += size;
  }
}

/** By what the broker recognises a batch that it has already. */
export interface ProducerStamp {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Sequence of the batch's first record, below {@link SEQUENCES}. */
  readonly baseSequence: number;
  /** It belongs to the producer's transaction. Default true. */
  readonly transactional?: boolean;
}

const NO_PRODUCER: ProducerStamp = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false };

/**
 * Makes a batch acceptable for a Produce of this producer, in place and without reading its records: base offset 0,
 * producer fields, transactional flag as stated, all other flags cleared, CRC corrected.
 */
export function stamp(batch: Buffer, producer: ProducerStamp): void {
  writeInt64(batch, BASE_OFFSET, 0);
  patch(batch, (attributes) => (attributes & CODEC_MASK) | flagOf(producer), producer);
}

/**
 * Makes a fetched batch fit for the archive, in place: producer fields -1, transactional and delete-horizon flags
 * cleared, CRC corrected. The base offset stays.
 */
export function strip(batch: Buffer): void {
  patch(batch, (attributes) => attributes & ~(TRANSACTIONAL | DELETE_HORIZON), NO_PRODUCER);
}

/** The region that stamp and strip may change: attributes to base sequence. */
const PATCH_FROM = ATTRIBUTES;
const PATCH_TO = COUNT;

function patch(batch: Buffer, flags: (attributes: number) => number, producer: ProducerStamp): void {
  const difference = Uint8Array.from(batch.subarray(PATCH_FROM, PATCH_TO));
  batch.writeInt16BE(flags(batch.readInt16BE(ATTRIBUTES)), ATTRIBUTES);
  writeProducer(batch, 0, producer);
  for (let i = 0; i < difference.length; i++) difference[i] = (difference[i] ?? 0) ^ (batch[PATCH_FROM + i] ?? 0);
  batch.writeUInt32BE(crcAfterXor(batch.readUInt32BE(CRC), difference, batch.length - PATCH_TO), CRC);
}

/**
 * The CRC that a batch of the archive (stripped, and fit for the verbatim path) has once stamped, from its index row
 * alone. It is what the target's log must show.
 */
export function stampedCrc(row: { readonly crc: number; readonly size: number }, producer: ProducerStamp): number {
  const difference = Buffer.alloc(PATCH_TO - PATCH_FROM);
  difference.writeInt16BE(flagOf(producer), 0);
  writeProducer(difference, -PATCH_FROM, producer);
  // Without a producer all bits of its fields are set.
  for (let i = PRODUCER_ID - PATCH_FROM; i < difference.length; i++) difference[i] = (difference[i] ?? 0) ^ 0xff;
  return crcAfterXor(row.crc, difference, row.size - PATCH_TO);
}

/** Reads the whole batch and compares its CRC with the header's. */
export function verifyCrc(batch: Buffer): boolean {
  return crc32c(batch.subarray(ATTRIBUTES)) === batch.readUInt32BE(CRC);
}

/** Why a broker would not take a batch as it is, once stamped. */
export type NotVerbatim = 'old-magic' | 'control' | 'empty' | 'offset-gaps' | 'append-time';

/**
 * Null when the batch can be sent as it is (after {@link stamp}), else the first reason against it: an old format, a
 * marker, a batch that compaction left empty or with gaps, or a batch whose time is the broker's and would be lost.
 */
export function whyNotVerbatim(
  batch: Pick<BatchHeader, 'magic' | 'attributes' | 'count' | 'lastOffsetDelta'>,
): NotVerbatim | null {
  if (batch.magic !== 2) return 'old-magic';
  if (batch.attributes & CONTROL) return 'control';
  if (batch.count === 0) return 'empty';
  if (batch.count !== batch.lastOffsetDelta + 1) return 'offset-gaps';
  if (batch.attributes & APPEND_TIME) return 'append-time';
  return null;
}

const flagOf = ({ transactional = true }: ProducerStamp): number => (transactional ? TRANSACTIONAL : 0);

function writeProducer(header: Buffer, at: number, producer: ProducerStamp): void {
  writeInt64(header, at + PRODUCER_ID, producer.producerId);
  header.writeInt16BE(producer.producerEpoch, at + PRODUCER_EPOCH);
  header.writeInt32BE(producer.baseSequence, at + BASE_SEQUENCE);
}

const TWO_TO_32 = 2 ** 32;

function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_TO_32 + buffer.readUInt32BE(at + 4);
}

function writeInt64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_TO_32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * TWO_TO_32, at + 4);
}
