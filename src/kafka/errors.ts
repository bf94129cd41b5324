import { RekindleError, type Reason } from '../model/reasons.ts';
import { errorNames, retriableErrors } from './error-codes.ts';

/** The codes that decisions are made on. */
export const Code = {
  UnknownServerError: -1,
  None: 0,
  OffsetOutOfRange: 1,
  CorruptMessage: 2,
  UnknownTopicOrPartition: 3,
  LeaderNotAvailable: 5,
  NotLeaderOrFollower: 6,
  RequestTimedOut: 7,
  MessageTooLarge: 10,
  CoordinatorLoadInProgress: 14,
  CoordinatorNotAvailable: 15,
  NotCoordinator: 16,
  InvalidTopic: 17,
  RecordListTooLarge: 18,
  NotEnoughReplicas: 19,
  NotEnoughReplicasAfterAppend: 20,
  TopicAuthorizationFailed: 29,
  GroupAuthorizationFailed: 30,
  ClusterAuthorizationFailed: 31,
  InvalidTimestamp: 32,
  UnsupportedSaslMechanism: 33,
  TopicAlreadyExists: 36,
  InvalidPartitions: 37,
  InvalidReplicationFactor: 38,
  InvalidConfig: 40,
  UnsupportedForMessageFormat: 43,
  PolicyViolation: 44,
  OutOfOrderSequenceNumber: 45,
  InvalidProducerEpoch: 47,
  InvalidTxnState: 48,
  InvalidProducerIdMapping: 49,
  InvalidTransactionTimeout: 50,
  ConcurrentTransactions: 51,
  TransactionalIdAuthorizationFailed: 53,
  OperationNotAttempted: 55,
  SaslAuthenticationFailed: 58,
  UnsupportedCompressionType: 76,
  InvalidRecord: 87,
  ProducerFenced: 90,
  TransactionalIdNotFound: 105,
} as const;

/** What an error code of the protocol means. */
export interface KafkaErrorCode {
  readonly code: number;
  /** Name as in the protocol, `UNKNOWN_<code>` for one that Kafka 4.1 does not have. */
  readonly name: string;
  /** The same request may succeed later. */
  readonly retriable: boolean;
}

export function kafkaError(code: number): KafkaErrorCode {
  // Clients give up then, but a broker answers so whenever something happens to it that it has no word for.
  if (code === Code.UnknownServerError) return { code, name: 'UNKNOWN_SERVER_ERROR', retriable: true };
  const name = errorNames[code] ?? `UNKNOWN_${code}`;
  return { code, name, retriable: retriableErrors.has(name) };
}

/** An error code that a broker answered, with the reason that follows from it. */
export class KafkaProtocolError extends RekindleError {
  readonly code: number;
  /** Name of the code, such as `NOT_LEADER_OR_FOLLOWER`. */
  readonly codeName: string;
  readonly retriable: boolean;

  /**
   * @param api name of the request's API.
   * @param subject what the request was about: a topic, a partition, a transactional id.
   * @param detail the broker's own words, if it has any.
   */
  constructor(api: string, code: number, subject: string, detail?: string | null) {
    const { name, retriable } = kafkaError(code);
    super(
      reasonOf(code, retriable),
      `Kafka answered ${api} for ${subject} with ${name} (${code})${detail ? `: ${detail}` : ''}.`,
    );
    this.code = code;
    this.codeName = name;
    this.retriable = retriable;
  }
}

function reasonOf(code: number, retriable: boolean): Reason {
  const reason = reasonByCode.get(code);
  if (reason !== undefined) return reason;
  // The broker is there, but the cluster is not ready to serve this: the same wait as for one that cannot be reached.
  return retriable ? 'KafkaUnreachable' : 'Internal';
}

const reasonByCode = new Map<number, Reason>([
  [Code.UnknownTopicOrPartition, 'TopicMissing'],
  [Code.MessageTooLarge, 'MessageTooLarge'],
  [Code.RecordListTooLarge, 'MessageTooLarge'],
  [Code.TopicAuthorizationFailed, 'NotAuthorized'],
  [Code.GroupAuthorizationFailed, 'NotAuthorized'],
  [Code.ClusterAuthorizationFailed, 'NotAuthorized'],
  [Code.TransactionalIdAuthorizationFailed, 'NotAuthorized'],
  [Code.SaslAuthenticationFailed, 'NotAuthorized'],
  [Code.InvalidPartitions, 'InvalidConfiguration'],
  [Code.InvalidReplicationFactor, 'InvalidConfiguration'],
  [Code.InvalidConfig, 'InvalidConfiguration'],
  [Code.InvalidTopic, 'InvalidConfiguration'],
  [Code.PolicyViolation, 'InvalidConfiguration'],
  [Code.InvalidTransactionTimeout, 'InvalidConfiguration'],
  [Code.InvalidProducerEpoch, 'Fenced'],
  [Code.ProducerFenced, 'Fenced'],
]);

/** Throws a {@link KafkaProtocolError} unless the code is 0. */
export function throwOnError(api: string, code: number, subject: string, detail?: string | null): void {
  if (code !== 0) throw new KafkaProtocolError(api, code, subject, detail);
}
