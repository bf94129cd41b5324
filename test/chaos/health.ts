import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Replicas catch up within seconds once all brokers run. */
const HEALTHY_WITHIN_MS = 60_000;
const POLL_MS = 100;

/** Resolves when every partition of the cluster has a leader and all its replicas in sync. */
export async function untilHealthy(admin: Admin): Promise<void> {
  const deadline = Date.now() + HEALTHY_WITHIN_MS;
  for (;;) {
    const ill = await illPartitions(admin).catch((error: unknown) => [String(error)]);
    if (ill.length === 0) return;
    if (Date.now() > deadline) throw new Error(`the cluster does not recover: ${ill.slice(0, 5).join(', ')}`);
    await sleep(POLL_MS);
  }
}

async function illPartitions(admin: Admin): Promise<string[]> {
  const { topics } = await admin.fetchTopicMetadata();
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ leader, isr, replicas }) => leader < 0 || isr.length < replicas.length)
      .map(({ partitionId }) => `${name}/${partitionId}`),
  );
}

/** The broker that leads a partition, and those that follow it; -1 while there is none. */
export async function placesOf(
  admin: Admin,
  topic: string,
  partition: number,
): Promise<{ leader: number; followers: number[]; inSync: number[] }> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const found = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
  if (found === undefined) throw new Error(`there is no partition ${topic}/${partition}`);
  const followers = found.replicas.filter((id) => id !== found.leader);
  return { leader: found.leader, followers, inSync: found.isr };
}
