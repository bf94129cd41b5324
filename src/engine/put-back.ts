import type { TopicAdmin } from '../kafka/admin.ts';
import type { ClaimedTopic } from '../model/claim.ts';
import { defaultRetention, retentionOf, unguard, wouldDelete } from './guards.ts';
import type { Step } from './steps.ts';
import type { TargetTopic } from './target.ts';

/** A topic whose retention stays off, because it would delete restored records. */
export interface Held {
  topic: string;
  message: string;
}

/**
 * Gives the topics that are ours the configuration that they are to have in the end. Where retention would then delete
 * restored records, it stays off and the topic is named.
 */
export async function putConfigurationBack(
  admin: TopicAdmin,
  topics: readonly TargetTopic[],
  claimed: readonly ClaimedTopic[],
  step: Step,
): Promise<Held[]> {
  const held: Held[] = [];
  for (const { name, plans } of topics) {
    const final = claimed.find((topic) => topic.name === name)?.finalConfigs;
    if (!final) continue;
    await step('restoring-configuration');
    const leader = (await admin.describe([name])).get(name)?.partitions[0]?.leader ?? 0;
    const retention = retentionOf(final, defaultRetention(await admin.brokerConfigs(leader)));
    const hold = plans.some(({ segments }) =>
      wouldDelete(
        retention,
        segments.map(({ summary }) => summary),
        Date.now(),
      ),
    );
    await admin.alterConfigs(name, unguard(final, hold));
    if (hold) {
      held.push({
        topic: name,
        message: `Topic ${name} keeps retention.ms=-1 and retention.bytes=-1: its own retention (${retention.ms} ms, ${retention.bytes} bytes) would delete restored records.`,
      });
    }
  }
  return held;
}
