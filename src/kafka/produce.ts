import type { Request } from './request.ts';

/** The time that a broker gives the replicas before it answers REQUEST_TIMED_OUT, in ms; Java's default too. */
const REPLICATION_TIMEOUT_MS = 30_000;

/** Record batches to append: at most one per partition and request, which is all that a broker takes. */
export interface ProduceRequest {
  /** Null outside of a transaction. */
  readonly transactionalId: string | null;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly batch: Buffer }[];
  }[];
}

/** What became of one partition's batch. */
export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  /** 0 when the batch is in the log of all in-sync replicas, now or since an earlier attempt. */
  readonly errorCode: number;
  /** Offset of the batch's first record; of the earlier attempt if the broker had the batch already. -1 on error. */
  readonly baseOffset: number;
}

/** Produce, version 7 (the first that takes zstd), acknowledged by all in-sync replicas. Batches are
 * sent uncopied; results come in the broker's order. */
export function produce(request: ProduceRequest): Request<ProduceResult[]> {
  return {
    api: 'Produce',
    key: 0,
    version: 7,
    brokerTimeMs: REPLICATION_TIMEOUT_MS,
    encode(writer) {
      const allInSyncReplicas = -1;
      writer.string(request.transactionalId).int16(allInSyncReplicas).int32(REPLICATION_TIMEOUT_MS);
      writer.array(request.topics, ({ topic, partitions }) => {
        writer.string(topic).array(partitions, ({ partition, batch }) => {
          writer.int32(partition).int32(batch.length).raw(batch);
        });
      });
    },
    decode(reader) {
      const results = reader.array(() => {
        const topic = reader.string();
        return reader.array(() => {
          const result = {
            topic,
            partition: reader.int32(),
            errorCode: reader.int16(),
            baseOffset: reader.int64(),
          };
          reader.int64(); // time of the append
          reader.int64(); // log start offset
          return result;
        });
      });
      reader.throttleTime();
      return results.flat();
    },
  };
}
