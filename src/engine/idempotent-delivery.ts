import type { KafkaCluster } from '../kafka/cluster.ts';
import { newProducerId } from '../kafka/producer-ids.ts';
import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import { TransactionCoordinator, type CommitOutcome } from '../kafka/transactions.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Delivery } from './delivery.ts';
import type { Taking } from './tenure.ts';
import { isRefusedId } from './transactional-delivery.ts';

/** Never given out. */
const NOBODY: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

/** Epochs of a producer id end here: the field has 16 bits. */
const LAST_EPOCH = 32_767;

/** Without a coordinator the restore numbers its producer itself: one id for all attempts, an epoch for each takeover. */
export class ProducerNumbers {
  private last: ProducerIdentity | null;

  /** @param last on record */
  constructor(last: ProducerIdentity | null) {
    this.last = last;
  }

  /** Null when there is no id yet, or its epochs are used up. */
  get holder(): ProducerIdentity | null {
    return this.last !== null && this.last.producerEpoch < LAST_EPOCH ? this.last : null;
  }

  /** An id that nobody has written with. */
  begin(producerId: number): ProducerIdentity {
    return (this.last = { producerId, producerEpoch: -1 });
  }

  /**
   * The epoch after all that are known.
   * @param found an epoch of this id that stands in the log; -1 for none
   * @throws RekindleError `ProducerUnclaimed` without an id, or when its epochs are used up: the next attempt claims one
   */
  next(found = -1): ProducerIdentity {
    const { holder } = this;
    const producerEpoch = Math.max(holder?.producerEpoch ?? -1, found) + 1;
    if (holder === null || producerEpoch > LAST_EPOCH) {
      throw new RekindleError(
        'ProducerUnclaimed',
        'The restore has no producer id, or has used up all epochs of the one that it has. The next attempt claims another one before it writes.',
      );
    }
    return (this.last = { producerId: holder.producerId, producerEpoch });
  }
}

/**
 * As an idempotent producer, without transactions: for clusters that allow no transactional ids. A partition's leader
 * refuses older epochs once it has a batch of a newer one and as long as it remembers that, which for old records is not
 * long; nobody refuses them before. Nor does it recognize all that comes twice: so there is one batch of a partition on
 * its way at a time, and after any doubt the log says what came of it.
 */
export class IdempotentDelivery implements Delivery {
  readonly transactionalId = null;
  readonly shutsOut = false;
  readonly depth = 1;
  private readonly cluster: KafkaCluster;
  /** The one that the restore would use if it were allowed to. */
  private readonly refusedId: string;
  private readonly numbers: ProducerNumbers;

  constructor(cluster: KafkaCluster, refusedId: string, numbers: ProducerNumbers) {
    this.cluster = cluster;
    this.refusedId = refusedId;
    this.numbers = numbers;
  }

  /** Who may have transactions must not do without them. */
  async objection(): Promise<string | null> {
    try {
      // Changes nothing, whoever holds the id: a transaction of nobody cannot be ended.
      await new TransactionCoordinator(this.cluster, this.refusedId).commit(NOBODY);
    } catch (error) {
      if (isRefusedId(error)) return null;
      throw error;
    }
    return `The cluster allows the transactional id ${this.refusedId}, so delivery must be Transactional, which is the default and promises more. Idempotent is for clusters that do not allow it.`;
  }

  holder(): Promise<ProducerIdentity | null> {
    return Promise.resolve(this.numbers.holder);
  }

  async first(): Promise<ProducerIdentity> {
    return this.numbers.begin(await newProducerId(this.cluster));
  }

  async take({ confirm, step }: Taking): Promise<ProducerIdentity> {
    await confirm();
    const producer = this.numbers.next();
    await step?.('takeover-bumped');
    return producer;
  }

  /** Nobody could be asked to. */
  fence(): Promise<void> {
    return Promise.resolve();
  }

  above(taken: ProducerIdentity, found: number): ProducerIdentity {
    return found < taken.producerEpoch ? taken : this.numbers.next(found);
  }

  enlist(): Promise<void> {
    return Promise.resolve();
  }

  /** What all replicas in sync have acknowledged is final. */
  commit(): Promise<CommitOutcome> {
    return Promise.resolve('committed');
  }
}
