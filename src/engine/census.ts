import type { TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import { leaderOf } from './leaders.ts';
import { scan, type ScannedBatch } from './scan.ts';

/** Records of one kind in a part of a log. */
export interface Lot {
  /** Offset of the first one. */
  readonly from: number;
  /** Offset after the last one. */
  readonly to: number;
  readonly records: number;
}

/** Whose records lie in a partition; null: there are none. Markers of transactions are nobody's records. */
export interface Holdings {
  readonly partition: number;
  readonly own: Lot | null;
  readonly foreign: Lot | null;
}

/** Where a partition's log begins and ends. */
interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The batches of a partition between two offsets, over a connection of its own to the leader. */
async function* readLog(
  cluster: KafkaCluster,
  description: TopicDescription,
  place: Place,
  { from, to }: Span,
): AsyncGenerator<ScannedBatch> {
  const { leader } = leaderOf(new Map([[place.topic, description]]), { target: place.topic, ...place });
  const connection = await cluster.openConnection(leader);
  try {
    yield* scan(connection, place, from, to);
  } finally {
    connection.reset();
  }
}

/**
 * Counts whose records lie where. What was read once is not read again: a hold is looked at every minute, and the topic
 * may be large.
 */
export class Census {
  private readonly known = new Map<string, { span: Span; holdings: Holdings }>();

  /**
   * @param own producer ids of this restore
   * @param span of which everything is replicated
   */
  async take(
    cluster: KafkaCluster,
    description: TopicDescription,
    place: Place,
    span: Span,
    own: ReadonlySet<number>,
  ): Promise<Holdings> {
    const key = `${description.id}/${place.partition}/${[...own].join(',')}`;
    const before = this.known.get(key);
    const goesOn = before?.span.from === span.from && before.span.to <= span.to;
    let { own: ours, foreign } = goesOn ? before.holdings : { own: null, foreign: null };
    const unread = { from: goesOn ? before.span.to : span.from, to: span.to };
    for await (const { header } of readLog(cluster, description, place, unread)) {
      if (header.control) continue;
      const lot = {
        from: header.baseOffset,
        to: header.baseOffset + header.lastOffsetDelta + 1,
        records: header.count,
      };
      if (own.has(header.producerId)) ours = together(ours, lot);
      else foreign = together(foreign, lot);
    }
    const holdings = { partition: place.partition, own: ours, foreign };
    this.known.set(key, { span, holdings });
    return holdings;
  }
}

const together = (a: Lot | null, b: Lot): Lot => ({
  from: a?.from ?? b.from,
  to: b.to,
  records: (a?.records ?? 0) + b.records,
});

/** Offset of the first record between two offsets that is of such a producer; null when there is none. */
export async function firstRecord(
  cluster: KafkaCluster,
  description: TopicDescription,
  place: Place,
  span: Span,
  of: (producerId: number) => boolean,
): Promise<number | null> {
  for await (const { header } of readLog(cluster, description, place, span)) {
    if (!header.control && of(header.producerId)) return header.baseOffset;
  }
  return null;
}
