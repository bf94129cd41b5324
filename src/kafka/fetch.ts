import type { BrokerConnection } from './cluster.ts';
import { KafkaProtocolError } from './errors.ts';
import type { Request } from './request.ts';

/** What to read of one partition. */
export interface FetchRequest {
  readonly topic: string;
  readonly partition: number;
  /** Offset to begin at; the first batch returned is the one that holds it. */
  readonly offset: number;
  /** Bytes to return at most; one batch is returned even if it is larger. Default 8 MiB. */
  readonly maxBytes?: number;
  /** `committed` stops at the last stable offset and lists aborted transactions. Default `uncommitted`. */
  readonly isolation?: 'committed' | 'uncommitted';
  /** Time to wait for data at the end of the log, in ms. Default 0: answers at once. */
  readonly maxWaitMs?: number;
  /** Where the answer shall be put, if it fits. Default memory of its own. */
  readonly into?: Buffer | undefined;
}

export interface FetchResult {
  /** Error of the partition, 0 for none; see `kafkaError`. */
  readonly errorCode: number;
  /** Offset up to which all in-sync replicas have the log. */
  readonly highWatermark: number;
  /** Offset of the first record of the oldest open transaction, else the high watermark. */
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Transactions that were aborted within the data returned; empty unless `committed`. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
  /** Batches, the last one perhaps cut: see `splitBatches`. A view of the response. */
  readonly recordSet: Buffer;
}

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

/** Reads batches of one partition from its leader, as fast as the broker's quota lets it. */
export async function fetch(connection: BrokerConnection, request: FetchRequest): Promise<FetchResult> {
  for (;;) {
    const answer = await connection.send(fetchRequest(request));
    // Without an answer the connection waits for as long as the broker asks before it sends again.
    if (answer !== null) return answer;
  }
}

/**
 * Fetch, version 11, of one partition and outside of a fetch session. Null when the client is over its quota: a broker
 * then answers without any partition, and says how long to wait.
 */
function fetchRequest(request: FetchRequest): Request<FetchResult | null> {
  const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES;
  const maxWaitMs = request.maxWaitMs ?? 0;
  return {
    api: 'Fetch',
    key: 1,
    version: 11,
    brokerTimeMs: maxWaitMs,
    into: request.into,
    encode(writer) {
      const noReplica = -1;
      const minBytes = 1;
      writer.int32(noReplica).int32(maxWaitMs).int32(minBytes).int32(maxBytes);
      writer.int8(request.isolation === 'committed' ? 1 : 0);
      const noSession = { id: 0, epoch: -1 };
      writer.int32(noSession.id).int32(noSession.epoch);
      writer.array([request], ({ topic, partition, offset }) => {
        writer.string(topic).array([partition], (index) => {
          const anyLeaderEpoch = -1;
          const notAFollower = -1;
          writer.int32(index).int32(anyLeaderEpoch).int64(offset).int64(notAFollower).int32(maxBytes);
        });
      });
      const forgottenTopics: never[] = [];
      const noRack = '';
      writer.array(forgottenTopics, () => undefined).string(noRack);
    },
    decode(reader) {
      reader.throttleTime();
      const errorCode = reader.int16();
      if (errorCode !== 0) throw new KafkaProtocolError('Fetch', errorCode, `${request.topic}-${request.partition}`);
      reader.int32(); // session id
      const partitions = reader.array(() => {
        reader.string(); // topic
        return reader.array(() => {
          reader.int32(); // partition
          const result = {
            errorCode: reader.int16(),
            highWatermark: reader.int64(),
            lastStableOffset: reader.int64(),
            logStartOffset: reader.int64(),
            aborted: reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() })),
          };
          reader.int32(); // preferred read replica
          return { ...result, recordSet: reader.bytes() };
        });
      });
      const [result] = partitions.flat();
      if (result === undefined && reader.throttleMs === 0) throw new RangeError('The Fetch response has no partition.');
      return result ?? null;
    },
  };
}
