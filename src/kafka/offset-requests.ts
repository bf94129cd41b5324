import type { Request } from './request.ts';
import type { ResponseReader } from './wire/reader.ts';

/** One partition's offset. */
export interface PartitionOffset {
  readonly partition: number;
  readonly errorCode: number;
  readonly offset: number;
}

const NO_REPLICA = -1;
/** Time that a broker may take until the replicas have followed a deletion, in ms. */
const DELETE_TIMEOUT_MS = 30_000;

/** ListOffsets, version 3: the end as consumers see it (the high watermark), or the first offset kept. */
export function listOffsets(
  topic: string,
  partitions: readonly number[],
  which: 'high-watermark' | 'earliest',
): Request<PartitionOffset[]> {
  return {
    api: 'ListOffsets',
    key: 2,
    version: 3,
    encode(writer) {
      const uncommitted = 0;
      const timestamp = which === 'earliest' ? -2 : -1;
      writer
        .int32(NO_REPLICA)
        .int8(uncommitted)
        .array([topic], (name) => {
          writer.string(name).array(partitions, (partition) => writer.int32(partition).int64(timestamp));
        });
    },
    decode: (reader) =>
      partitionsOf(reader, () => {
        const answer = { partition: reader.int32(), errorCode: reader.int16() };
        reader.int64(); // timestamp
        return { ...answer, offset: reader.int64() };
      }),
  };
}

/**
 * OffsetForLeaderEpoch, version 3, asked for the current epoch: the end of the leader's own log, which may be ahead of
 * what consumers see.
 */
export function leaderEnds(
  topic: string,
  partitions: readonly { readonly partition: number; readonly leaderEpoch: number }[],
): Request<PartitionOffset[]> {
  return {
    api: 'OffsetForLeaderEpoch',
    key: 23,
    version: 3,
    encode(writer) {
      writer.int32(NO_REPLICA).array([topic], (name) => {
        writer.string(name).array(partitions, ({ partition, leaderEpoch }) => {
          // As the epoch that we believe in, too: a leader of another epoch refuses instead of answering for an old one.
          writer.int32(partition).int32(leaderEpoch).int32(leaderEpoch);
        });
      });
    },
    decode: (reader) =>
      partitionsOf(reader, () => {
        const answer = { errorCode: reader.int16(), partition: reader.int32() };
        reader.int32(); // leader epoch
        return { ...answer, offset: reader.int64() };
      }),
  };
}

/** DeleteRecords, version 1: answers with the new log start offsets. */
export function deleteRecords(
  topic: string,
  partitions: readonly { readonly partition: number; readonly beforeOffset: number }[],
): Request<PartitionOffset[]> {
  return {
    api: 'DeleteRecords',
    key: 21,
    version: 1,
    brokerTimeMs: DELETE_TIMEOUT_MS,
    encode(writer) {
      writer.array([topic], (name) => {
        writer.string(name).array(partitions, (p) => writer.int32(p.partition).int64(p.beforeOffset));
      });
      writer.int32(DELETE_TIMEOUT_MS);
    },
    decode: (reader) =>
      partitionsOf(reader, () => {
        const answer = { partition: reader.int32(), offset: reader.int64() };
        return { ...answer, errorCode: reader.int16() };
      }),
  };
}

function partitionsOf(reader: ResponseReader, read: () => PartitionOffset): PartitionOffset[] {
  reader.throttleTime();
  const topics = reader.array(() => {
    reader.string(); // topic
    return reader.array(read);
  });
  return topics.flat();
}
