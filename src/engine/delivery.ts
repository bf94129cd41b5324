import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import type { CommitOutcome } from '../kafka/transactions.ts';
import type { OfPartition } from './partition.ts';
import type { Taking } from './tenure.ts';

/**
 * How a restore writes: under which name, how whoever wrote before is shut out, and how what was written becomes final.
 * See `docs/exactly-once.md` for what each of the two kinds promises.
 */
export interface Delivery {
  /** What Produce requests carry; null without transactions. */
  readonly transactionalId: string | null;
  /** Kafka refuses whatever an older epoch sends after `fence`. */
  readonly shutsOut: boolean;
  /** Batches of one partition on their way at once, at most. */
  readonly depth: number;
  /** What a person must change before the restore may write in this way; null if nothing. */
  objection(): Promise<string | null>;
  /** Who writes, for the claim: as far as anybody knows; null if nobody has written yet. */
  holder(): Promise<ProducerIdentity | null>;
  /** The id to write with, for a restore that has no holder. */
  first(): Promise<ProducerIdentity>;
  /** Takes the writing over from whoever holds it: the next epoch. */
  take(taking: Taking): Promise<ProducerIdentity>;
  /** Shuts out older epochs, and makes sure that it is the newest, if that can be done. @throws RekindleError `Fenced` */
  fence(producer: ProducerIdentity, partitions: readonly OfPartition[]): Promise<void>;
  /**
   * An epoch that is newer than any in the log.
   * @param found the newest that stands there with the id of `taken`; -1 if none does
   */
  above(taken: ProducerIdentity, found: number): ProducerIdentity;
  /** To be awaited before the first batch of these partitions, after opening and after each commit. */
  enlist(producer: ProducerIdentity, partitions: readonly OfPartition[]): Promise<void>;
  /** Makes final what was acknowledged. */
  commit(producer: ProducerIdentity): Promise<CommitOutcome>;
}
