import type { TopicDescription } from '../kafka/admin.ts';
import type { TopicReport } from '../model/report.ts';
import { firstRecord } from './census.ts';
import { PartitionLedger } from './ledger.ts';
import type { Target } from './target-link.ts';
import type { TargetTopic } from './target.ts';

/** Partitions that a sentence names one by one. */
const NAMED_PARTITIONS = 5;

/** Whether the archive holds more of the topic than the restore knows to be in the target. */
export function hasGrown(known: readonly TopicReport[], { name, plans }: TargetTopic): boolean {
  const partitions = known.find(({ target }) => target === name)?.partitions ?? [];
  return plans.some(({ partition, records }) => {
    return (partitions.find((of) => of.partition === partition)?.acknowledged ?? 0) < records;
  });
}

/**
 * Others' records behind ours: what comes now would come behind them.
 * @param own producer ids of this restore
 * @returns the sentence for the person who must decide; null when there are none
 */
export async function othersBehind(
  { cluster, admin }: Target,
  description: TopicDescription,
  begun: TopicReport,
  own: ReadonlySet<number>,
): Promise<string | null> {
  const { target: topic, partitions } = begun;
  const numbers = partitions.map(({ partition }) => partition);
  const earliest = await admin.endOffsets(topic, numbers, 'earliest');
  const ends = await admin.endOffsets(topic, numbers, 'high-watermark');
  const found: string[] = [];
  for (const report of partitions) {
    const { partition } = report;
    const span = {
      from: Math.max(new PartitionLedger(report).end, earliest.get(partition) ?? 0),
      to: ends.get(partition) ?? 0,
    };
    const place = { topic, partition };
    const offset = await firstRecord(cluster, description, place, span, (producer) => !own.has(producer));
    if (offset !== null) found.push(`partition ${partition} from offset ${offset} on`);
  }
  if (found.length === 0) return null;
  const more = found.length > NAMED_PARTITIONS ? `, and ${found.length - NAMED_PARTITIONS} more partitions` : '';
  return `Topic ${topic} is in use: others have written to it since it was restored (${found.slice(0, NAMED_PARTITIONS).join(', ')}${more}). What the archive has got since then would come behind their records.`;
}
