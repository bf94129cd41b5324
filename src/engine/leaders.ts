import type { PartitionDescription, TopicDescription } from '../kafka/admin.ts';
import { OutcomeUnknown } from './failure.ts';
import type { OfPartition, TargetPartition } from './partition.ts';

type Topics = ReadonlyMap<string, TopicDescription>;

/**
 * The partition's leader and its epoch.
 * @throws OutcomeUnknown while it has none
 */
export function leaderOf(topics: Topics, { target, partition }: TargetPartition): PartitionDescription {
  const found = topics.get(target)?.partitions.find((candidate) => candidate.partition === partition);
  if (!found || found.leader < 0) throw new OutcomeUnknown(`${target}/${partition} has no leader`);
  return found;
}

/** Partitions by the node id of their leader. */
export function byLeader<T extends OfPartition>(partitions: readonly T[], topics: Topics): Map<number, T[]> {
  return Map.groupBy(partitions, ({ plan }) => leaderOf(topics, plan).leader);
}

/**
 * Says which partition has another leader, or a newer epoch of the same one, than it had before; null if none has. A new
 * leader may lack what the old one had acknowledged, after an unclean election, and so may one that came back.
 */
export function movedLeader(partitions: readonly OfPartition[], before: Topics, now: Topics): string | null {
  for (const { plan } of partitions) {
    const [was, is] = [leaderOf(before, plan), leaderOf(now, plan)];
    if (was.leader === is.leader && was.leaderEpoch === is.leaderEpoch) continue;
    return `${plan.target}/${plan.partition} has a new leader: broker ${is.leader} with epoch ${is.leaderEpoch}, after broker ${was.leader} with epoch ${was.leaderEpoch}`;
  }
  return null;
}
