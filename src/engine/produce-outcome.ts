/**
 * What the broker's answer to a batch means for the restore. Codes as in the Kafka protocol guide.
 *
 * - `again`: not written, and known not to be; the same batch may be sent again on the same session. After a partition
 *   was added to a transaction, its leader answers so until it has verified the transaction with the coordinator.
 * - `refused`: this batch can never be written as it is.
 * - `fenced`: another producer epoch of this Restore is in charge.
 * - `out-of-order`: not written, because a batch before it is missing.
 * - `unknown`: it may or may not be written; only a takeover tells.
 */
export type ProduceOutcome = 'written' | 'again' | 'refused' | 'fenced' | 'out-of-order' | 'unknown';

const outcomes: Readonly<Record<number, ProduceOutcome>> = {
  0: 'written',
  2: 'refused', // CORRUPT_MESSAGE: the CRC does not match the payload
  10: 'refused', // MESSAGE_TOO_LARGE
  18: 'refused', // RECORD_LIST_TOO_LARGE
  19: 'again', // NOT_ENOUGH_REPLICAS: refused before the append
  29: 'refused', // TOPIC_AUTHORIZATION_FAILED
  32: 'refused', // INVALID_TIMESTAMP
  43: 'refused', // UNSUPPORTED_FOR_MESSAGE_FORMAT
  45: 'out-of-order', // OUT_OF_ORDER_SEQUENCE_NUMBER
  47: 'fenced', // INVALID_PRODUCER_EPOCH
  51: 'again', // CONCURRENT_TRANSACTIONS
  76: 'refused', // UNSUPPORTED_COMPRESSION_TYPE
  87: 'refused', // INVALID_RECORD
  90: 'fenced', // PRODUCER_FENCED
};

export const produceOutcome = (errorCode: number): ProduceOutcome => outcomes[errorCode] ?? 'unknown';
