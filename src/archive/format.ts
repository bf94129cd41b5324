import { createHash } from 'node:crypto';
import { z } from 'zod';

/*
 * Archive v1: what lies where, and every document's fields. docs/archive-format.md says the same in prose.
 *
 *   head.json                                                    the only object that is ever replaced
 *   topics/<topic>/<generation>/topic/<session>/topic.json
 *   topics/<topic>/<generation>/<partition>/<session>/<base offset>.log
 *   topics/<topic>/<generation>/<partition>/<session>/<base offset>.index
 *
 * A session is one run of a writer. Its number is the head's sequence number when it claimed the head, so that no two
 * sessions ever write to the same name, and a session that died leaves nothing behind that can be mistaken.
 */

export const HEAD_KEY = 'head.json';
export const TOPICS_PREFIX = 'topics/';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const timestamp = z.number().int();

/** SHA-256 as 64 lower-case hex digits. */
export function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An object by its name, relative to the folder of its partition or generation, and the digest that it must have. */
const link = z.object({ name: z.string(), sha256 });
export type Link = z.infer<typeof link>;

const headPartition = z.object({
  partition: count,
  /** Source offset up to which, exclusive, everything is in the archive. */
  nextOffset: count,
  records: count,
  /** Bytes of all segments. */
  bytes: count,
  segments: count,
  /** Index of the newest segment: `<session>/<base offset>.index` and the digest of its first line. */
  last: link.nullable(),
});
export type HeadPartition = z.infer<typeof headPartition>;

const headGeneration = z.object({
  /** Folder of the generation, see {@link generationName}. */
  generation: z.string(),
  /** `topic/<session>/topic.json` and the digest of the whole document. */
  topic: link,
  partitions: z.array(headPartition),
});
export type HeadGeneration = z.infer<typeof headGeneration>;

export const archiveHead = z.object({
  format: z.literal('rekindle-archive/1'),
  /** Grows by one with every write of the head. */
  sequence: count,
  /** SHA-256 of this document's bytes with these 64 digits as zeros. */
  digest: sha256,
  /** The session that writes now; null when none does. */
  writer: z
    .object({
      session: count,
      /** Host and process, for messages. */
      name: z.string(),
      /** ISO 8601, the writer's clock, for messages. */
      since: z.string(),
    })
    .nullable(),
  /** By name; the newest generation of a topic is its last. */
  topics: z.array(z.object({ name: z.string(), generations: z.array(headGeneration).min(1) })),
});
export type ArchiveHead = z.infer<typeof archiveHead>;

export const topicDocument = z.object({
  format: z.literal('rekindle-topic/1'),
  topic: z.string(),
  sourceClusterId: z.string(),
  /** The topic's id in the source cluster: a topic that was deleted and created again has another one. */
  topicId: z.string(),
  partitions: count,
  replicationFactor: count,
  /** `message.timestamp.type` when this document was written. Each batch says its own in its attributes. */
  timestampType: z.enum(['CreateTime', 'LogAppendTime']),
  /** Configuration that was set on the topic itself, without the defaults. */
  configs: z.record(z.string(), z.string()),
});
export type TopicDocument = z.infer<typeof topicDocument>;

export const notVerbatim = z.enum(['old-magic', 'control', 'empty', 'offset-gaps', 'append-time']);

/** First line of an index: one JSON object. The digest of this line stands in its successor, or in the head. */
export const indexHeader = z.object({
  format: z.literal('rekindle-index/1'),
  topic: z.string(),
  generation: z.string(),
  partition: count,
  /** File name of the segment, in the index's folder. */
  segment: z.string(),
  /** Size of the segment in bytes. */
  bytes: count,
  /** Digest of the segment. */
  sha256,
  /** Lines that follow, one per batch. */
  batches: count.min(1),
  /** Digest of all lines after the first. */
  batchesSha256: sha256,
  records: count,
  /** Source offsets that this segment answers for: everything committed in [coversFrom, coversTo) is in it. */
  coversFrom: count,
  coversTo: count,
  /** Log start offset of the source: below it the source itself had deleted its records. */
  logStartOffset: count,
  baseOffset: count,
  lastOffset: count,
  /** Of all records, in ms since 1970. */
  minTimestamp: timestamp,
  maxTimestamp: timestamp,
  /** Size of the largest batch. */
  maxBatchBytes: count,
  /** Null when a broker takes every batch as it is, else the first reason against one. */
  notVerbatim: notVerbatim.nullable(),
  /** Index of the segment before, as `<session>/<base offset>.index`, with the digest of its first line. */
  predecessor: link.nullable(),
});
export type IndexHeader = z.infer<typeof indexHeader>;

/** An index header never needs more than this many bytes: one read fetches it. */
export const INDEX_HEADER_BYTES = 4096;

/** One batch of a segment. */
export interface BatchRow {
  /** Byte position in the segment. */
  readonly position: number;
  /** Bytes, header included. */
  readonly size: number;
  /** Base offset: the source offset of the first record, unless compaction has removed that. */
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Of its records, in ms since 1970. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  readonly count: number;
  /** CRC-32C of the batch's header, unsigned. */
  readonly crc: number;
  readonly attributes: number;
}

/** Folder of a generation. Characters that a file name or URL could take amiss are percent-encoded. */
export function generationName(sourceClusterId: string, topicId: string): string {
  return `${encodeURIComponent(sourceClusterId)}.${encodeURIComponent(topicId)}`;
}

export const generationFolder = (topic: string, generation: string): string => `${TOPICS_PREFIX}${topic}/${generation}`;

export const partitionFolder = (topic: string, generation: string, partition: number): string =>
  `${generationFolder(topic, generation)}/${partition}`;

export const topicDocumentName = (session: number): string => `topic/${session}/topic.json`;

/** `<session>/<base offset, 20 digits>.log` or `.index`, below the partition's folder. */
export const segmentName = (session: number, baseOffset: number, suffix: 'log' | 'index'): string =>
  `${session}/${String(baseOffset).padStart(20, '0')}.${suffix}`;

/** Name of the segment beside an index. */
export const segmentOfIndex = (index: string): string => index.replace(/\.index$/, '.log');

/** The lines of an index after the first: one JSON array per batch, fields in the order of {@link BatchRow}. */
export function encodeRows(rows: readonly BatchRow[]): Buffer {
  const lines = rows.map((r) =>
    JSON.stringify([
      r.position,
      r.size,
      r.firstOffset,
      r.lastOffset,
      r.minTimestamp,
      r.maxTimestamp,
      r.count,
      r.crc,
      r.attributes,
    ]),
  );
  return Buffer.from(lines.join('\n') + '\n');
}

const row = z.tuple([count, count, count, count, timestamp, timestamp, count, count, z.number().int()]);

/** Reads what {@link encodeRows} wrote. @throws when a line is not a row */
export function decodeRows(lines: Buffer): BatchRow[] {
  const text = lines.toString('utf8');
  return text.length === 0 ? [] : text.trimEnd().split('\n').map(decodeRow);
}

function decodeRow(line: string): BatchRow {
  const [position, size, firstOffset, lastOffset, minTimestamp, maxTimestamp, records, crc, attributes] = row.parse(
    JSON.parse(line),
  );
  return { position, size, firstOffset, lastOffset, minTimestamp, maxTimestamp, count: records, crc, attributes };
}
