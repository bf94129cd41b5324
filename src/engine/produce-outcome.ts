import { Code } from '../kafka/errors.ts';

/**
 * What the broker's answer to a batch means for the restore.
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
  [Code.None]: 'written',
  [Code.CorruptMessage]: 'refused', // the CRC does not match the payload
  [Code.MessageTooLarge]: 'refused',
  [Code.RecordListTooLarge]: 'refused',
  [Code.NotEnoughReplicas]: 'again', // refused before the append
  [Code.TopicAuthorizationFailed]: 'refused',
  [Code.InvalidTimestamp]: 'refused',
  [Code.UnsupportedForMessageFormat]: 'refused',
  [Code.OutOfOrderSequenceNumber]: 'out-of-order',
  [Code.InvalidProducerEpoch]: 'fenced',
  [Code.ConcurrentTransactions]: 'again',
  [Code.UnsupportedCompressionType]: 'refused',
  [Code.InvalidRecord]: 'refused',
  [Code.ProducerFenced]: 'fenced',
};

export const produceOutcome = (errorCode: number): ProduceOutcome => outcomes[errorCode] ?? 'unknown';
