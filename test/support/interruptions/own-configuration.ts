import assert from 'node:assert/strict';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import { connectToKafka } from '../kafka.ts';
import type { TopicPair } from '../topics.ts';

/** All that the topics say themselves they said before, but for retention: the records are years old, and it would delete them. */
export async function assertOwnConfiguration(topics: readonly TopicPair[]): Promise<void> {
  const kafka = await connectToKafka();
  try {
    const admin = new TopicAdmin(kafka);
    const own = async (topic: string): Promise<object> =>
      Object.fromEntries(
        [...(await admin.configs(topic))]
          .filter(([name, { source }]) => source === 'topic' && !name.startsWith('retention.'))
          .map(([name, { value }]) => [name, value]),
      );
    for (const { source, target } of topics) assert.deepEqual(await own(target), await own(source));
  } finally {
    await kafka.close();
  }
}
