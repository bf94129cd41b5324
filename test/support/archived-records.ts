import { Archive, type ArchivedTopic, type BatchRow } from '../../src/archive/reader.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { decodeRecords, type RecordView } from '../../src/kafka/records.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { DumpedRecord } from './topics.ts';

export interface ArchivedBatch {
  readonly partition: number;
  readonly row: BatchRow;
  readonly bytes: Buffer;
}

/** All batches of a topic, partition after partition. */
export async function batchesOf(archive: Archive, topic: ArchivedTopic): Promise<ArchivedBatch[]> {
  const batches: ArchivedBatch[] = [];
  for (const { partition, segments } of topic.partitions) {
    for (const segment of segments) {
      for await (const { row, bytes } of archive.readBatches(topic, partition, segment)) {
        batches.push({ partition, row, bytes });
      }
    }
  }
  return batches;
}

/** What an archive holds of a topic, wherever its segments were cut and whoever wrote them. */
export async function contentOf(storage: Storage, name: string): Promise<unknown> {
  const archive = await Archive.open(storage);
  const { damage } = await verifyArchive(archive);
  const topic = await archive.topic(name);
  return {
    damage,
    ends: topic.partitions.map(({ partition, endOffset, records }) => ({ partition, endOffset, records })),
    batches: (await batchesOf(archive, topic)).map(({ partition, row, bytes }) => {
      return { partition, ...row, position: null, bytes: bytes.toString('base64') };
    }),
  };
}

/** The records of an archived topic as `dumpTopic` shows those of a live one. */
export async function archivedRecords(storage: Storage, name: string): Promise<DumpedRecord[]> {
  const archive = await Archive.open(storage);
  const topic = await archive.topic(name);
  return (await batchesOf(archive, topic)).flatMap(({ partition, bytes }) =>
    decodeRecords(bytes).map((record) => dumped(topic, partition, record)),
  );
}

function dumped(topic: ArchivedTopic, partition: number, record: RecordView): DumpedRecord {
  const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
  return {
    topic: topic.name,
    partition,
    offset: record.offset,
    timestamp: record.timestamp,
    timestampType: topic.timestampType,
    key: base64(record.key),
    value: base64(record.value),
    headers: record.headers.map(({ name, value }) => [name, base64(value)]),
  };
}
