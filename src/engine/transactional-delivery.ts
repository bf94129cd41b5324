import { Code, KafkaProtocolError } from '../kafka/errors.ts';
import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import type { CommitOutcome, TransactionCoordinator } from '../kafka/transactions.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Delivery } from './delivery.ts';
import { partitionsByTopic, type OfPartition } from './partition.ts';
import { DEDUPLICATED_BATCHES } from './pipeline.ts';
import { fence, firstProducer, takeTenure, type Taking } from './tenure.ts';

/** In transactions of one id, whose coordinator refuses all epochs but the newest. */
export class TransactionalDelivery implements Delivery {
  readonly shutsOut = true;
  readonly depth = DEDUPLICATED_BATCHES;
  private readonly coordinator: TransactionCoordinator;
  private readonly timeoutMs: number | undefined;

  /** @param timeoutMs after which the coordinator aborts a transaction that nobody ends. Default: see `tenure.ts` */
  constructor(coordinator: TransactionCoordinator, timeoutMs?: number) {
    this.coordinator = coordinator;
    this.timeoutMs = timeoutMs;
  }

  get transactionalId(): string {
    return this.coordinator.transactionalId;
  }

  objection(): Promise<null> {
    return Promise.resolve(null);
  }

  holder(): Promise<ProducerIdentity | null> {
    return this.advising(this.coordinator.holder());
  }

  first(): Promise<ProducerIdentity> {
    return this.advising(firstProducer(this.coordinator, this.timeoutMs));
  }

  take(taking: Taking): Promise<ProducerIdentity> {
    return takeTenure(this.coordinator, taking, this.timeoutMs);
  }

  fence(producer: ProducerIdentity, partitions: readonly OfPartition[]): Promise<void> {
    return fence(this.coordinator, producer, partitions);
  }

  /** The coordinator counts the epochs: none in the log is newer than one that it has just given out. */
  above(taken: ProducerIdentity): ProducerIdentity {
    return taken;
  }

  enlist(producer: ProducerIdentity, partitions: readonly OfPartition[]): Promise<void> {
    return this.coordinator.addPartitions(producer, partitionsByTopic(partitions));
  }

  commit(producer: ProducerIdentity): Promise<CommitOutcome> {
    return this.coordinator.commit(producer);
  }

  private async advising<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!isRefusedId(error)) throw error;
      throw new RekindleError(
        'NotAuthorized',
        `${error.message} Allow Describe and Write on the transactional id ${this.transactionalId} (all of Rekindle's begin with rekindle-); where that cannot be, a restore that has not begun can do without by delivery Idempotent, which promises less.`,
        { cause: error },
      );
    }
  }
}

/** The user may not use the transactional id. */
export const isRefusedId = (error: unknown): error is KafkaProtocolError =>
  error instanceof KafkaProtocolError && error.code === Code.TransactionalIdAuthorizationFailed;
