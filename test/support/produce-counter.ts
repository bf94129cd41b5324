import { KafkaMessages } from './kafka-messages.ts';

/** What went through in Produce requests; whole requests only. */
export interface Produced {
  requests: number;
  batches: number;
  records: number;
  /** Bytes of the record batches themselves, without what a request has around them. */
  bytes: number;
}

/** One record batch of a request. */
export interface SentBatch {
  topic: string;
  partition: number;
  records: number;
  bytes: number;
}

/** A Produce request that has passed. */
export interface ProduceRequest {
  correlationId: number;
  version: number;
  batches: SentBatch[];
}

const API_KEY_BYTES = 2;
const PRODUCE = 0;
/** Versions of Produce whose lengths are fixed-size numbers; 9 and later are written differently. */
const OLDEST = 3;
const NEWEST = 8;
/** Where a record batch (magic 2) says how many records it has. */
const RECORD_COUNT_AT = 57;

/**
 * Reads what a client sends on one connection and adds up its Produce requests. A request begins with `api key int16,
 * version int16, correlation id int32, client id string`; then come its own fields.
 */
export class ProduceCounter {
  readonly #messages: KafkaMessages;

  /**
   * @param total where to add; several connections may share one
   * @param onRequest told of each request after it was added
   */
  constructor(total: Produced, onRequest: (request: ProduceRequest) => void = () => undefined) {
    this.#messages = new KafkaMessages(
      API_KEY_BYTES,
      (prefix) => prefix.readInt16BE(0) === PRODUCE,
      (message) => {
        const request = parseRequest(message);
        total.requests += 1;
        for (const { records, bytes } of request.batches) {
          total.batches += 1;
          total.records += records;
          total.bytes += bytes;
        }
        onRequest(request);
      },
    );
  }

  /** @throws Error for a Produce request of a version that is not read here: its records would not be counted */
  feed(chunk: Buffer): void {
    this.#messages.feed(chunk);
  }
}

function parseRequest(message: Buffer): ProduceRequest {
  const version = message.readInt16BE(API_KEY_BYTES);
  if (version < OLDEST || version > NEWEST) {
    throw new Error(`A client sent Produce version ${version}; the proxy counts versions ${OLDEST} to ${NEWEST} only.`);
  }
  const correlationId = message.readInt32BE(API_KEY_BYTES + 2);
  let at = API_KEY_BYTES + 2 + 4;
  const int32 = (): number => message.readInt32BE((at += 4) - 4);
  const skipString = (): void => {
    at += 2 + Math.max(0, message.readInt16BE(at));
  };
  skipString(); // client id
  skipString(); // transactional id
  at += 2 + 4; // acks, timeout
  const batches: SentBatch[] = [];
  for (let topics = int32(); topics > 0; topics -= 1) {
    const topic = message.toString('utf8', at + 2, at + 2 + message.readInt16BE(at));
    skipString();
    for (let partitions = int32(); partitions > 0; partitions -= 1) {
      const partition = int32();
      const bytes = int32();
      batches.push({ topic, partition, bytes, records: message.readInt32BE(at + RECORD_COUNT_AT) });
      at += bytes;
    }
  }
  return { correlationId, version, batches };
}
