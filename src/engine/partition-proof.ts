import type { BrokerConnection } from '../kafka/cluster.ts';
import type { BatchHeader } from '../kafka/record-batch.ts';
import { RekindleError } from '../model/reasons.ts';
import type { RestoredPartition } from './partition.ts';

/** The part of a partition's log that a proof answers for, in offsets. */
export interface ProvenLog {
  /** Where the restore began, or the first offset that the log still has. */
  readonly start: number;
  /** Exclusive: everything below is replicated. */
  readonly end: number;
}

/** What a proof has read. */
export interface Found {
  /** Transaction markers of this Restore. */
  markers: number;
  /** Offsets of other producers. */
  foreign: number;
  /** Batches of this Restore whose payload was checked, and their bytes. */
  batches: number;
  bytes: number;
}

/** The proof of one partition; it remembers how far it is. */
export interface PartitionProof {
  readonly partition: RestoredPartition;
  readonly found: Readonly<Found>;
  /** Records proved so far. */
  readonly records: number;
  readonly done: boolean;
  /**
   * Goes on with the proof, to its end.
   * @throws RekindleError `LedgerRepeat`, `LedgerHole`, `TargetDamaged`, `TargetTruncated`; OutcomeUnknown
   */
  read(connection: BrokerConnection, log: ProvenLog, signal: AbortSignal): Promise<void>;
}

/** A batch of ours stands where the ledger has none. */
export const repeated = (name: string, { baseOffset, count }: BatchHeader): RekindleError =>
  new RekindleError(
    'LedgerRepeat',
    `${name}: a batch of this restore at offset ${baseOffset} (${count} records) is not in the ledger: its records stand twice. Start from zero to restore it again.`,
  );

/** A batch of ours has not the bytes that were written. @param broker node id of the leader that it was read from */
export const damaged = (
  name: string,
  { baseOffset, count }: BatchHeader,
  broker: number,
  what: string,
): RekindleError =>
  new RekindleError(
    'TargetDamaged',
    `${name}: the batch at offset ${baseOffset} (${count} records) is damaged on broker ${broker}: ${what}. Let another replica lead the partition, or let broker ${broker} fetch it anew from one, and delete the Job to prove it again; where no replica is sound, start from zero.`,
  );
