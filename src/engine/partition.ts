import type { PartitionLedger } from './ledger.ts';
import type { PartitionPlan } from './plan.ts';

/** One target partition of a Restore: what must be there, and what is. */
export interface RestoredPartition {
  readonly plan: PartitionPlan;
  readonly ledger: PartitionLedger;
  /** All records are acknowledged. */
  readonly complete: boolean;
}

export const restoredPartition = (plan: PartitionPlan, ledger: PartitionLedger): RestoredPartition => ({
  plan,
  ledger,
  get complete() {
    return ledger.next >= plan.records;
  },
});

/** A partition of a target topic, as plans name it. */
export interface TargetPartition {
  readonly target: string;
  readonly partition: number;
}

/** Something that has to do with one partition of the target. */
export interface OfPartition {
  readonly plan: TargetPartition;
}

/** The partition as a request names it. */
export const placeOf = ({ target, partition }: TargetPartition): { topic: string; partition: number } => ({
  topic: target,
  partition,
});

/** Partitions as requests name them: topic by topic. */
export function partitionsByTopic(partitions: readonly OfPartition[]): { topic: string; partitions: number[] }[] {
  const topics = Map.groupBy(partitions, ({ plan }) => plan.target);
  return [...topics].map(([topic, of]) => ({ topic, partitions: of.map(({ plan }) => plan.partition) }));
}
