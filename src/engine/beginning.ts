import type { TopicDescription } from '../kafka/admin.ts';
import type { Approval } from '../model/holds.ts';
import { emptyPartition, type TopicReport } from '../model/report.ts';
import { firstRecord, type Census } from './census.ts';
import { purge, type PurgeContext } from './purge.ts';
import type { TargetTopic } from './target.ts';

export interface BeginContext extends PurgeContext {
  /** Producer ids of this restore. */
  readonly own: ReadonlySet<number>;
  /** Others' records may be there: the restore begins behind them. */
  readonly append: boolean;
  readonly approved: Approval | null;
  readonly census: Census;
}

/** Partitions of the plan that the report does not know: all of a new topic, or those that the source got since. */
export function unknownPartitions({ plans }: TargetTopic, begun: TopicReport | undefined): number[] {
  const known = new Set(begun?.partitions.map(({ partition }) => partition));
  return plans.map(({ partition }) => partition).filter((partition) => !known.has(partition));
}

/**
 * Where partitions that the report does not know begin: at their logs' ends. What an earlier run of this restore left there
 * is purged, so that nothing is there twice; where others' records may stay, only a person can decide that.
 * @param begun what the report knows of the topic
 * @param starts log ends when this restore first claimed the topic, by partition: nothing of ours lies before them
 * @returns the topic as the report is to know it
 * @throws RekindleError `ResetNeedsApproval`
 */
export async function beginTopic(
  context: BeginContext,
  topic: TargetTopic,
  description: TopicDescription,
  begun: TopicReport | undefined,
  starts: readonly number[] | null,
): Promise<TopicReport> {
  const numbers = unknownPartitions(topic, begun);
  const [earliest, ends] = await Promise.all([
    context.admin.endOffsets(topic.name, numbers, 'earliest'),
    context.admin.endOffsets(topic.name, numbers, 'high-watermark'),
  ]);
  const filled = new Map([...ends].filter(([partition, end]) => end > (earliest.get(partition) ?? 0)));
  // A topic that is in use already may have others' records in a new partition; a new topic was looked at before.
  const othersStay = context.append || begun !== undefined;
  const left = othersStay ? await leftBehind(context, topic.name, description, filled, earliest, starts) : filled;
  if (left.size > 0) {
    await purge(context, topic.name, description, left, context.own, { ...context, askAlways: context.append });
  }
  const added = numbers.map((partition) => emptyPartition(partition, ends.get(partition) ?? 0));
  return {
    target: topic.name,
    id: description.id,
    guards: begun?.guards ?? {},
    partitions: [...(begun?.partitions ?? []), ...added],
  };
}

/** Of these partitions those that hold records of ours, from an earlier run. */
async function leftBehind(
  { cluster, own }: BeginContext,
  topic: string,
  description: TopicDescription,
  filled: ReadonlyMap<number, number>,
  earliest: ReadonlyMap<number, number>,
  starts: readonly number[] | null,
): Promise<Map<number, number>> {
  const left = new Map<number, number>();
  for (const [partition, to] of filled) {
    const span = { from: Math.max(earliest.get(partition) ?? 0, starts?.[partition] ?? 0), to };
    const offset = await firstRecord(cluster, description, { topic, partition }, span, (id) => own.has(id));
    if (offset !== null) left.set(partition, to);
  }
  return left;
}
