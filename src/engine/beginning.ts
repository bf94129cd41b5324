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

/**
 * Where a topic that the report does not know begins: at its log ends. What an earlier run of this restore left there is
 * purged, so that nothing is there twice; where others' records may stay, only a person can decide that.
 * @param starts log ends when this restore first claimed the topic, by partition: nothing of ours lies before them
 * @throws RekindleError `ResetNeedsApproval`
 */
export async function beginTopic(
  context: BeginContext,
  topic: TargetTopic,
  description: TopicDescription,
  starts: readonly number[] | null,
): Promise<TopicReport> {
  const numbers = topic.plans.map(({ partition }) => partition);
  const [earliest, ends] = await Promise.all([
    context.admin.endOffsets(topic.name, numbers, 'earliest'),
    context.admin.endOffsets(topic.name, numbers, 'high-watermark'),
  ]);
  const filled = new Map([...ends].filter(([partition, end]) => end > (earliest.get(partition) ?? 0)));
  const left = context.append ? await leftBehind(context, topic.name, description, filled, earliest, starts) : filled;
  if (left.size > 0) {
    await purge(context, topic.name, description, left, context.own, { ...context, askAlways: context.append });
  }
  return {
    target: topic.name,
    id: description.id,
    guards: {},
    partitions: numbers.map((partition) => emptyPartition(partition, ends.get(partition) ?? 0)),
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
