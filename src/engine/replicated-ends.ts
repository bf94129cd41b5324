import { setTimeout as sleep } from 'node:timers/promises';
import type { OffsetKind, TopicAdmin } from '../kafka/admin.ts';
import { waitingForReplicas } from '../kafka/replicas.ts';
import { partitionsByTopic, type RestoredPartition } from './partition.ts';

/** How long replicas may lag behind before the takeover is given up and tried again. Milliseconds. */
const REPLICAS_WAIT_MS = 30_000;

/** Milliseconds between two looks. */
const LOOK_EVERY_MS = 50;

/** End of each partition's log, exclusive. */
export type Ends = Map<RestoredPartition, number>;

/**
 * Ends of all partitions, once all that the leaders have is replicated: a batch that a leader has appended without its
 * replicas is not visible to a Fetch yet, but it may still become so.
 * @throws RekindleError `WaitingForReplicas`, `KafkaUnreachable`; the signal's reason
 */
export async function replicatedEnds(
  admin: TopicAdmin,
  partitions: readonly RestoredPartition[],
  signal: AbortSignal,
): Promise<Ends> {
  const deadline = performance.now() + REPLICAS_WAIT_MS;
  const leaderEnds = await offsetsOf(admin, partitions, 'leader-end');
  for (;;) {
    const replicated = await offsetsOf(admin, partitions, 'high-watermark');
    const behind = partitions.filter((p) => (replicated.get(p) ?? 0) < (leaderEnds.get(p) ?? 0));
    const [first] = behind;
    if (!first) return leaderEnds;
    if (performance.now() > deadline) {
      throw waitingForReplicas(
        `${first.plan.name}: the leader's log ends at ${leaderEnds.get(first) ?? 0}, but only ${replicated.get(first) ?? 0} is replicated (${behind.length} partitions are behind).`,
      );
    }
    signal.throwIfAborted();
    await sleep(LOOK_EVERY_MS);
  }
}

/** An offset of each partition, from its leader. */
export async function offsetsOf(
  admin: TopicAdmin,
  partitions: readonly RestoredPartition[],
  kind: OffsetKind,
): Promise<Ends> {
  const offsets = new Map<string, Map<number, number>>();
  for (const { topic, partitions: numbers } of partitionsByTopic(partitions)) {
    offsets.set(topic, await admin.endOffsets(topic, numbers, kind));
  }
  const ends: Ends = new Map();
  for (const partition of partitions) {
    const end = offsets.get(partition.plan.target)?.get(partition.plan.partition);
    if (end !== undefined) ends.set(partition, end);
  }
  return ends;
}
