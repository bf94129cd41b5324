import assert from 'node:assert/strict';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import { connectToKafka } from '../kafka.ts';
import type { TopicPair } from '../topics.ts';

/** The targets are configured as their sources are. Those keep their records for ever, so no retention is held either. */
export async function assertOwnConfiguration(topics: readonly TopicPair[]): Promise<void> {
  const kafka = await connectToKafka();
  try {
    const admin = new TopicAdmin(kafka);
    const own = async (topic: string): Promise<object> =>
      Object.fromEntries(
        [...(await admin.configs(topic))]
          .filter(([, { source }]) => source === 'topic')
          .map(([name, { value }]) => [name, value]),
      );
    for (const { source, target } of topics) assert.deepEqual(await own(target), await own(source));
  } finally {
    await kafka.close();
  }
}
