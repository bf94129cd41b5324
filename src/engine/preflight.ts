import { mapInParallel } from '../model/parallel.ts';
import type { ConfigEntry, TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { Claim, ClaimedTopic } from '../model/claim.ts';
import { claimedBefore } from '../model/claim.ts';
import type { Reason } from '../model/reasons.ts';
import { markOf, maxMessageBytes, unguarded, unserved } from './guards.ts';
import { largestBatch, segmentsOf, type TargetTopic } from './target.ts';

/** One thing that a person must change before the restore may write anything. */
export interface Finding {
  reason: Reason;
  topic: string;
  partition?: number;
  message: string;
}

/** A target topic as it is before the restore touches it. */
export interface FoundTopic {
  description: TopicDescription;
  configs: Map<string, ConfigEntry>;
  /** Log end by partition. */
  ends: number[];
  /** Target offset at which the first partition that is not empty begins and ends, for messages; null: it is empty. */
  filled: { partition: number; from: number; to: number } | null;
}

/** Looks at a target topic; undefined when it does not exist. */
export async function look(admin: TopicAdmin, topic: string): Promise<FoundTopic | undefined> {
  const description = (await admin.describe([topic])).get(topic);
  if (!description) return undefined;
  const numbers = description.partitions.map(({ partition }) => partition);
  const earliest = await admin.endOffsets(topic, numbers, 'earliest');
  const ends = await admin.endOffsets(topic, numbers, 'high-watermark');
  const partition = numbers.find((p) => (ends.get(p) ?? 0) > (earliest.get(p) ?? 0));
  const filled =
    partition === undefined ? null : { partition, from: earliest.get(partition) ?? 0, to: ends.get(partition) ?? 0 };
  return { description, configs: await admin.configs(topic), ends: numbers.map((p) => ends.get(p) ?? 0), filled };
}

export interface CheckContext {
  readonly earlier: readonly Claim[];
  readonly clusterId: string;
  readonly createTopics: boolean;
  /** Others' records may be there. */
  readonly append: boolean;
  /** The report knows the target already: what is in it is ours and is looked at by the takeover. */
  readonly resumed: boolean;
  /** All that the report knows of was proved. */
  readonly proved: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Everything that can be known to go wrong, topic by topic, before the first write.
 * @param claimed what is about to be claimed of the topic
 */
export function checkTopic(
  topic: TargetTopic,
  found: FoundTopic | undefined,
  claimed: ClaimedTopic,
  context: CheckContext,
): Finding[] {
  const findings = checkArchive(topic);
  const complain = (reason: Reason, message: string): void => {
    findings.push({ reason, topic: topic.name, message });
  };
  if (!found) {
    if (!context.createTopics) {
      complain(
        'TopicMissing',
        `Topic ${topic.name} does not exist in the target cluster. Create it with ${topic.plans.length} partitions, or set config.createTopics.`,
      );
    }
    return findings;
  }
  const identity = { id: found.description.id, mark: markOf(found.configs) };
  const ours = claimedBefore(context.earlier, context.clusterId, topic.name, identity);
  if (!ours && identity.mark !== null) {
    complain(
      'TargetClaimed',
      `Topic ${topic.name} was created by another restore, which has not put its configuration back yet. Let that one end, delete the topic, or choose another target.`,
    );
    return findings;
  }
  if (found.description.internal) {
    complain('InvalidConfiguration', `Topic ${topic.name} is one of Kafka's own; restore into another one.`);
  }
  const partitions = found.description.partitions.length;
  if (partitions < topic.plans.length && !claimed.createdByUs) {
    complain(
      'TooFewPartitions',
      `Topic ${topic.name} has ${partitions} partitions, the archive has ${topic.plans.length}. Add partitions or restore into another topic.`,
    );
  }
  if (found.filled && !context.resumed && !context.append && !ours) {
    const { partition, from, to } = found.filled;
    complain(
      'TargetNotEmpty',
      `Topic ${topic.name} is not empty: partition ${partition} holds offsets ${from} to ${to - 1}, and this restore did not write them. Restore into an empty topic or another name, or set existingData to Append.`,
    );
  }
  // What gets its configuration back in the end is guarded for the time of the restore.
  if (claimed.finalConfigs === null) {
    const { configs } = found;
    // What does not keep the records of a restore that has begun is held for, not refused: see `whatRevertedGuards`.
    const complaintsOf = context.resumed && !context.proved ? unserved : unguarded;
    for (const complaint of complaintsOf(configs, segmentsOf(topic.plans), context.now)) {
      complain(
        'TargetUnguarded',
        `Topic ${topic.name} would not keep the restored records as they are: ${complaint}. Change it for the time of the restore, set guardTarget, or let Rekindle create the topic.`,
      );
    }
    const largest = largestBatch(topic.plans);
    if (largest > maxMessageBytes(configs)) {
      complain(
        'MessageTooLarge',
        `Topic ${topic.name} takes batches of at most ${maxMessageBytes(configs)} bytes, the archive has one of ${largest}. Raise max.message.bytes.`,
      );
    }
  }
  return findings;
}

/** Partitions whose indexes are read at the same time: it is latency that takes the time. */
const PARTITIONS_AT_ONCE = 16;

/**
 * Before the first record of a topic is written, everything that its segments are said to hold is read; the segments
 * themselves are not, for that would take as long as the restore.
 * @throws {ArchiveDamage} `SegmentMissing`, `IndexDamaged`
 */
export async function checkIndexes({ plans }: TargetTopic): Promise<void> {
  await mapInParallel(plans, PARTITIONS_AT_ONCE, (plan) => plan.checkIndexes());
}

function checkArchive({ name, plans }: TargetTopic): Finding[] {
  return plans.flatMap(({ partition, segments, topic }) =>
    segments
      .filter(({ summary }) => summary.verbatim !== null)
      .map(({ summary }) => ({
        reason: 'BatchNotVerbatim' as const,
        topic: name,
        partition,
        message: `Topic ${topic.name}, partition ${partition}: the archive segment at offset ${summary.baseOffset} has batches that no broker takes as they are (${summary.verbatim ?? ''}). Restoring those is not served yet.`,
      })),
  );
}
