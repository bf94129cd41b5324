import { rowOf } from '../../../src/archive/batch-row.ts';
import type { PartitionOfArchive } from '../../../src/archive/chain.ts';
import type { HeadPartition } from '../../../src/archive/format.ts';
import { SegmentWriter } from '../../../src/archive/segment-writer.ts';
import { WritingSession } from '../../../src/archive/session.ts';
import { writeTopicDocument } from '../../../src/archive/topic-document.ts';
import { strip, whyNotVerbatim } from '../../../src/kafka/record-batch.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { goldenBatch, goldenCodecs } from '../kafka/golden.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const TOPIC = 'orders';
export const GENERATION = 'cluster.topic-id';
/** Records of the golden batches of all codecs: one segment. */
export const RECORDS_PER_SEGMENT = 29;
/** Offsets from one segment's first to the next one's: two more than there are records, as markers would take. */
export const OFFSETS_PER_SEGMENT = 31;

/** Writes what a backup would have written of one topic: segments of five batches, one per codec, by a Java producer. */
export async function writeSmallArchive(storage: Storage, partitions = 2, segments = 3): Promise<void> {
  const session = await WritingSession.claim(storage);
  await addSegments(storage, session, partitions, segments);
  await session.close();
}

/** Appends segments within a session; returns nothing that a head does not name when the session closes. */
export async function addSegments(
  storage: Storage,
  session: WritingSession,
  partitions: number,
  segments: number,
  generation = GENERATION,
): Promise<void> {
  const document = await writeTopicDocument(storage, generation, session.session, topicDocument(partitions), null);
  const earliest = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]));
  session.setGeneration(TOPIC, generation, document, earliest);
  for (const partition of earliest.keys()) {
    for (let left = segments; left > 0; left--) {
      const of = { topic: TOPIC, generation, partition };
      session.setPartition(TOPIC, generation, await addSegment(storage, session, of));
    }
  }
}

async function addSegment(storage: Storage, session: WritingSession, of: PartitionOfArchive): Promise<HeadPartition> {
  const before = session.partition(of.topic, of.generation, of.partition);
  const writer = await SegmentWriter.open(storage, of, session.session, before.nextOffset);
  let offset = before.nextOffset;
  for (const codec of goldenCodecs) {
    const batch = goldenBatch(codec);
    batch.writeBigInt64BE(BigInt(offset));
    strip(batch);
    const row = rowOf(batch);
    await writer.append(batch, row, whyNotVerbatim({ magic: 2, lastOffsetDelta: row.count - 1, ...row }));
    offset = row.lastOffset + 1;
  }
  const nextOffset = before.nextOffset + OFFSETS_PER_SEGMENT;
  const coverage = { coversFrom: before.nextOffset, coversTo: nextOffset, logStartOffset: 0, predecessor: before.last };
  const written = await writer.finish(coverage);
  return {
    partition: of.partition,
    nextOffset,
    records: before.records + written.records,
    bytes: before.bytes + written.bytes,
    segments: before.segments + 1,
    last: written.index,
  };
}

function topicDocument(partitions: number): Parameters<typeof writeTopicDocument>[3] {
  return {
    format: 'rekindle-topic/1',
    topic: TOPIC,
    sourceClusterId: 'cluster',
    topicId: 'topic-id',
    partitions,
    replicationFactor: 1,
    timestampType: 'CreateTime',
    configs: { 'retention.ms': '1000' },
  };
}

export async function smallArchive(partitions = 2, segments = 3): Promise<{ folder: string; storage: FileStorage }> {
  const folder = await temporaryFolder('archive');
  const storage = new FileStorage(folder);
  await writeSmallArchive(storage, partitions, segments);
  return { folder, storage };
}
