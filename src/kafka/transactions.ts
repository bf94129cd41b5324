import type { KafkaCluster } from './connection.ts';

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/**
 * What became of a commit: `committed`, now or before; `nothing-open`, no partition was in the transaction;
 * `unknown-producer`, the coordinator does not know this producer id under this transactional id (any more).
 */
export type CommitOutcome = 'committed' | 'nothing-open' | 'unknown-producer';

/** The transactions of one transactional id. */
export class TransactionCoordinator {
  readonly transactionalId: string;

  /** @param options.timeoutMs bound for each call with all its retries. Default 30 s. */
  constructor(_cluster: KafkaCluster, transactionalId: string, _options: { timeoutMs?: number } = {}) {
    this.transactionalId = transactionalId;
  }

  /**
   * Takes the transactional id over: the same producer id with the next epoch; older ones are fenced.
   *
   * @param transactionTimeoutMs after this time without an end the coordinator aborts a transaction.
   */
  initProducerId(_transactionTimeoutMs: number): Promise<ProducerIdentity> {
    return Promise.reject(new Error('not yet'));
  }

  /** Opens the transaction, or widens it. Must be answered before the first produce to these partitions. */
  addPartitions(
    _producer: ProducerIdentity,
    _topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  ): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** @throws {RekindleError} `Fenced` when the epoch is not the newest. */
  commit(_producer: ProducerIdentity): Promise<CommitOutcome> {
    return Promise.reject(new Error('not yet'));
  }
}
