import { KafkaMessages } from './kafka-messages.ts';
import type { ProduceRequest, SentBatch } from './produce-counter.ts';

/** A batch that the broker has acknowledged, and where it says that it stands. */
export interface AcknowledgedBatch extends SentBatch {
  offset: number;
}

const CORRELATION_ID_BYTES = 4;
/** Versions whose answer for a partition is `index int32, error int16, offset int64, time int64, log start int64`. */
const OLDEST = 5;
const NEWEST = 7;

/**
 * Reads what a broker sends on one connection and tells which batches of the Produce requests before it has
 * acknowledged, whether or not the client ever comes to know.
 */
export class ProduceAnswers {
  readonly #sent = new Map<number, SentBatch[]>();
  readonly #messages: KafkaMessages;

  constructor(onAcknowledged: (batch: AcknowledgedBatch) => void) {
    this.#messages = new KafkaMessages(
      CORRELATION_ID_BYTES,
      (prefix) => this.#sent.has(prefix.readInt32BE(0)),
      (message) => {
        const correlationId = message.readInt32BE(0);
        const sent = this.#sent.get(correlationId) ?? [];
        this.#sent.delete(correlationId);
        for (const { topic, partition, error, offset } of parseAnswers(message)) {
          const batch = sent.find((one) => one.topic === topic && one.partition === partition);
          if (batch !== undefined && error === 0) onAcknowledged({ ...batch, offset });
        }
      },
    );
  }

  /** A request has passed on the same connection. Answers to versions that are not read here are left out. */
  expect({ correlationId, version, batches }: ProduceRequest): void {
    if (version >= OLDEST && version <= NEWEST) this.#sent.set(correlationId, batches);
  }

  feed(chunk: Buffer): void {
    this.#messages.feed(chunk);
  }
}

function* parseAnswers(
  message: Buffer,
): Generator<{ topic: string; partition: number; error: number; offset: number }> {
  let at = CORRELATION_ID_BYTES;
  const int32 = (): number => message.readInt32BE((at += 4) - 4);
  for (let topics = int32(); topics > 0; topics -= 1) {
    const length = message.readInt16BE(at);
    const topic = message.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    for (let partitions = int32(); partitions > 0; partitions -= 1) {
      const partition = int32();
      const error = message.readInt16BE(at);
      const offset = Number(message.readBigInt64BE(at + 2));
      at += 2 + 8 + 8 + 8;
      yield { topic, partition, error, offset };
    }
  }
}
