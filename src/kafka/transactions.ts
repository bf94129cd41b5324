import { RekindleError } from '../model/reasons.ts';
import type { KafkaCluster } from './cluster.ts';
import { Code, KafkaProtocolError, throwOnError } from './errors.ts';
import { waitingForReplicas } from './replicas.ts';
import type { Request } from './request.ts';
import { DEFAULT_RETRY_TIMEOUT_MS, retryTransient } from './retry.ts';
import {
  addPartitionsToTxn,
  commitTxn,
  describeTransaction,
  findTransactionCoordinator,
  initProducerId,
  type ProducerIdentity,
} from './transaction-requests.ts';

/**
 * What became of a commit: `committed`, now or before; `nothing-open`, no partition was in the transaction, or somebody
 * aborted it; `unknown-producer`, the coordinator does not know this producer id under this transactional id (any more).
 */
export type CommitOutcome = 'committed' | 'nothing-open' | 'unknown-producer';

/** A transaction that is committed every few seconds must have time for that on a busy cluster, ms. */
const SHORTEST_TRANSACTION_TIMEOUT_MS = 30_000;

const adviceFor = (errorCode: number): string | null =>
  errorCode === Code.InvalidTransactionTimeout
    ? `set transaction.max.timeout.ms of the brokers to ${SHORTEST_TRANSACTION_TIMEOUT_MS} at least, or leave it at its default`
    : null;

/** The transaction before is still being ended: its markers are not in all logs yet. */
const isBeingEnded = (error: unknown): error is KafkaProtocolError =>
  error instanceof KafkaProtocolError && error.code === Code.ConcurrentTransactions;

/**
 * The transactions of one transactional id. Every call finds the coordinator, waits out what passes (a transaction that
 * is still being ended, a coordinator that moves) with pauses of 10 to 100 ms, and may be repeated: each is harmless to
 * the broker when its outcome was lost.
 */
export class TransactionCoordinator {
  readonly transactionalId: string;
  readonly #cluster: KafkaCluster;
  readonly #timeoutMs: number;
  #node: number | undefined;
  /** How long a transaction may last, as far as it was found out. */
  #allowedMs = Infinity;

  /** @param options.timeoutMs bound for each call with all its attempts. Default 30 s. */
  constructor(cluster: KafkaCluster, transactionalId: string, options: { timeoutMs?: number } = {}) {
    this.#cluster = cluster;
    this.transactionalId = transactionalId;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_RETRY_TIMEOUT_MS;
  }

  /**
   * Who holds the transactional id now: the newest epoch, whatever anybody has noted elsewhere. Null when nobody ever did,
   * or the coordinator has forgotten it.
   *
   * @throws {RekindleError} `KafkaUnreachable`, `NotAuthorized`.
   */
  async holder(): Promise<ProducerIdentity | null> {
    return this.#call('DescribeTransactions', describeTransaction(this.transactionalId), (answer) => {
      const { errorCode, producerId, producerEpoch } = answer;
      if (errorCode === Code.TransactionalIdNotFound) return null;
      throwOnError('DescribeTransactions', errorCode, this.transactionalId);
      return { producerId, producerEpoch };
    });
  }

  /**
   * Takes the transactional id over: the same producer id with the next epoch (a new id when the epochs are used up or
   * the coordinator has forgotten it). Older epochs are fenced; an open transaction of theirs would be aborted, so
   * {@link commit} comes first.
   *
   * @param transactionTimeoutMs after this time without an end the coordinator aborts a transaction; less where the
   *   brokers do not allow as much, {@link SHORTEST_TRANSACTION_TIMEOUT_MS} at least.
   * @throws {RekindleError} `KafkaUnreachable`, `WaitingForReplicas`, `NotAuthorized`, `InvalidConfiguration`.
   */
  async initProducerId(transactionTimeoutMs: number): Promise<ProducerIdentity> {
    for (let timeoutMs = Math.min(transactionTimeoutMs, this.#allowedMs); ; timeoutMs = Math.round(timeoutMs / 2)) {
      const askForLess = timeoutMs / 2 >= SHORTEST_TRANSACTION_TIMEOUT_MS;
      const request = initProducerId(this.transactionalId, timeoutMs);
      const producer = await this.#call('InitProducerId', request, ({ errorCode, producerId, producerEpoch }) => {
        if (errorCode === Code.InvalidTransactionTimeout && askForLess) return null;
        throwOnError('InitProducerId', errorCode, this.transactionalId, adviceFor(errorCode));
        return { producerId, producerEpoch };
      });
      if (producer === null) continue;
      if (timeoutMs < Math.min(transactionTimeoutMs, this.#allowedMs)) {
        const sentence = `the brokers do not allow transactions of ${transactionTimeoutMs} ms (transaction.max.timeout.ms), so they last ${timeoutMs} ms at most: a restore that nobody takes over within that time begins its last partitions again`;
        this.#cluster.logger.warn({ transactionalId: this.transactionalId }, sentence);
        this.#allowedMs = timeoutMs;
      }
      return producer;
    }
  }

  /**
   * Opens the transaction, or widens it. To be awaited before the first produce to these partitions.
   *
   * @throws {RekindleError} `Fenced` when the epoch is not the newest; `KafkaUnreachable`, `WaitingForReplicas`,
   * `NotAuthorized`, `TopicMissing`.
   */
  async addPartitions(
    producer: ProducerIdentity,
    topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  ): Promise<void> {
    const request = addPartitionsToTxn(this.transactionalId, producer, topics);
    await this.#call('AddPartitionsToTxn', request, (results) => {
      // The cause, not what was left undone because of it.
      const notAttempted = (result: { errorCode: number }): boolean => result.errorCode === Code.OperationNotAttempted;
      const failed = results.filter(({ errorCode }) => errorCode !== Code.None);
      const cause = failed.find((result) => !notAttempted(result)) ?? failed[0];
      if (cause === undefined) return;
      throwOnError('AddPartitionsToTxn', cause.errorCode, `${this.transactionalId}, ${cause.topic}-${cause.partition}`);
    });
  }

  /**
   * Commits, and waits until the markers are in the logs of all partitions: what comes after them is of this epoch or a
   * later one, and readers of committed records see everything before them.
   *
   * @throws {RekindleError} `Fenced` when the epoch is not the newest; `KafkaUnreachable`, `WaitingForReplicas`,
   * `NotAuthorized`.
   */
  async commit(producer: ProducerIdentity): Promise<CommitOutcome> {
    const outcome = await this.#endTransaction(producer);
    // The first answer says that the decision is on record, the markers follow. Asked again, the coordinator answers
    // CONCURRENT_TRANSACTIONS until they are written.
    return outcome === 'committed' ? this.#endTransaction(producer) : outcome;
  }

  async #endTransaction(producer: ProducerIdentity): Promise<CommitOutcome> {
    return this.#call('EndTxn', commitTxn(this.transactionalId, producer), ({ errorCode }) => {
      if (errorCode === Code.InvalidTxnState) return 'nothing-open';
      if (errorCode === Code.InvalidProducerIdMapping) return 'unknown-producer';
      throwOnError('EndTxn', errorCode, this.transactionalId);
      return 'committed';
    });
  }

  async #call<T, R>(api: string, request: Request<T>, judge: (answer: T) => R): Promise<R> {
    return retryTransient(
      `${api} for ${this.transactionalId}`,
      async () => {
        this.#node ??= await this.#findCoordinator();
        return judge(await this.#cluster.request(this.#node, request));
      },
      {
        timeoutMs: this.#timeoutMs,
        onTransient: (error) => {
          if (!isBeingEnded(error)) this.#node = undefined;
        },
      },
    ).catch(async (error: unknown) => {
      if (!(error instanceof RekindleError) || !isBeingEnded(error.cause)) throw error;
      throw waitingForReplicas(`${error.message} ${await this.#whatIsUnmarked()}`, { cause: error.cause });
    });
  }

  /** Markers need as many replicas as records do: that mostly is what keeps a transaction from its end. */
  async #whatIsUnmarked(): Promise<string> {
    const node = this.#node ?? 'any';
    const state = await this.#cluster.request(node, describeTransaction(this.transactionalId)).catch(() => null);
    const [first] = state?.partitions ?? [];
    const where = first
      ? `${first.topic}/${first.partition} (${state?.partitions.length} partitions wait)`
      : 'a partition';
    return `The marker that ends its last transaction cannot be written to ${where}, mostly because too few replicas are in sync there.`;
  }

  async #findCoordinator(): Promise<number> {
    const answer = await this.#cluster.request('any', findTransactionCoordinator(this.transactionalId));
    throwOnError('FindCoordinator', answer.errorCode, this.transactionalId, answer.message);
    return answer.nodeId;
  }
}
