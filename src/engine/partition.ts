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

/** Partitions as requests name them: topic by topic. */
export function partitionsByTopic(
  partitions: readonly { plan: { target: string; partition: number } }[],
): { topic: string; partitions: number[] }[] {
  const topics = Map.groupBy(partitions, ({ plan }) => plan.target);
  return [...topics].map(([topic, of]) => ({ topic, partitions: of.map(({ plan }) => plan.partition) }));
}
