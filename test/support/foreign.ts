import { loadTopics } from './topics.ts';

/** Writes one record of somebody else's to a partition, with an idempotent producer of its own. */
export async function writeForeign(bootstrap: string, topic: string, partition: number): Promise<void> {
  const key = Buffer.from('theirs').toString('base64');
  await loadTopics({ bootstrap }, [{ topic, partition, timestamp: Date.now(), key, value: key, headers: [] }]);
}
