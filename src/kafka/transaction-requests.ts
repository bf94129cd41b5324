import type { Request } from './request.ts';

/** A producer as brokers know it: of all epochs of an id only the newest may write. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** FindCoordinator, version 2, of a transactional id. */
export function findTransactionCoordinator(
  transactionalId: string,
): Request<{ errorCode: number; message: string | null; nodeId: number }> {
  return {
    api: 'FindCoordinator',
    key: 10,
    version: 2,
    encode(writer) {
      const transaction = 1;
      writer.string(transactionalId).int8(transaction);
    },
    decode(reader) {
      reader.throttleTime();
      return { errorCode: reader.int16(), message: reader.nullableString(), nodeId: reader.int32() };
    },
  };
}

/** InitProducerId, version 1. @param transactionalId null for a producer without transactions: its id is always a new one */
export function initProducerId(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): Request<ProducerIdentity & { errorCode: number }> {
  return {
    api: 'InitProducerId',
    key: 22,
    version: 1,
    encode: (writer) => void writer.string(transactionalId).int32(transactionTimeoutMs),
    decode(reader) {
      reader.throttleTime();
      return { errorCode: reader.int16(), producerId: reader.int64(), producerEpoch: reader.int16() };
    },
  };
}

/** AddPartitionsToTxn, version 1: one error code per partition. */
export function addPartitionsToTxn(
  transactionalId: string,
  producer: ProducerIdentity,
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): Request<{ topic: string; partition: number; errorCode: number }[]> {
  return {
    api: 'AddPartitionsToTxn',
    key: 24,
    version: 1,
    encode(writer) {
      writer.string(transactionalId).int64(producer.producerId).int16(producer.producerEpoch);
      writer.array(topics, ({ topic, partitions }) => {
        writer.string(topic).array(partitions, (partition) => writer.int32(partition));
      });
    },
    decode(reader) {
      reader.throttleTime();
      const results = reader.array(() => {
        const topic = reader.string();
        return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }));
      });
      return results.flat();
    },
  };
}

/** EndTxn, version 1, always with a commit: a restore never aborts. */
export function commitTxn(transactionalId: string, producer: ProducerIdentity): Request<{ errorCode: number }> {
  return {
    api: 'EndTxn',
    key: 26,
    version: 1,
    encode(writer) {
      const commit = true;
      writer.string(transactionalId).int64(producer.producerId).int16(producer.producerEpoch).boolean(commit);
    },
    decode(reader) {
      reader.throttleTime();
      return { errorCode: reader.int16() };
    },
  };
}

/**
 * DescribeTransactions, version 0 (Kafka 3.0), of one transactional id: who holds it now, and what is in its transaction.
 * Of one that is being ended the coordinator takes out each partition that has its marker.
 */
export function describeTransaction(
  transactionalId: string,
): Request<ProducerIdentity & { errorCode: number; partitions: { topic: string; partition: number }[] }> {
  return {
    api: 'DescribeTransactions',
    key: 65,
    version: 0,
    flexible: true,
    encode: (writer) => void writer.compactArray([transactionalId], (id) => writer.compactString(id)).noTags(),
    decode(reader) {
      reader.throttleTime();
      const [state] = reader.compactArray(() => {
        const errorCode = reader.int16();
        reader.compactString(); // transactional id
        reader.compactString(); // state
        reader.int32(); // timeout
        reader.int64(); // start time
        const producer = { producerId: reader.int64(), producerEpoch: reader.int16() };
        const topics = reader.compactArray(() => {
          const topic = reader.compactString();
          const partitions = reader.compactArray(() => ({ topic, partition: reader.int32() }));
          reader.tags();
          return partitions;
        });
        reader.tags();
        return { errorCode, ...producer, partitions: topics.flat() };
      });
      if (state === undefined) throw new RangeError('The DescribeTransactions response has no transaction.');
      return state;
    },
  };
}
