import type { TopicDescription } from '../kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../kafka/cluster.ts';
import type { PartitionStream } from './flow.ts';
import { Lane, type LaneContext } from './lane.ts';
import { byLeader } from './leaders.ts';

/** Connections to each broker: a broker serves the requests of one connection one after the other. */
const LANES_PER_BROKER = 4;

/** Partitions that are restored at the same time, over all brokers, unless there are more lanes. */
const PARTITIONS_AT_ONCE = 32;

/** Bytes read ahead from the archive, over all partitions of a process. */
const READ_AHEAD_BYTES = 96 * 1024 * 1024;

/** What lanes share, besides the shares of memory that depend on how many there are. */
type SharedByLanes = Omit<LaneContext, 'partitionsAtOnce' | 'readAheadBytes'>;

export interface OpenLane {
  readonly lane: Lane;
  readonly connection: BrokerConnection;
}

/**
 * Deals the partitions out to lanes at their leaders and opens the connections. Memory is shared out by how many
 * partitions are open at once, not by how many there are.
 * @param opened gets each lane as soon as it is open, so that the caller can give up those before a failure
 * @throws OutcomeUnknown when a partition has no leader, RekindleError `KafkaUnreachable`
 */
export async function openLanes(
  cluster: KafkaCluster,
  streams: readonly PartitionStream[],
  topics: ReadonlyMap<string, TopicDescription>,
  shared: SharedByLanes,
  opened: OpenLane[],
): Promise<void> {
  const leaders = [...byLeader(streams, topics)];
  const lanesPerBroker = Math.max(1, Math.min(LANES_PER_BROKER, Math.floor(PARTITIONS_AT_ONCE / leaders.length)));
  const dealt = leaders.flatMap(([leader, served]) =>
    shares(served, lanesPerBroker).map((share) => ({ leader, share })),
  );
  const partitionsAtOnce = Math.max(1, Math.floor(PARTITIONS_AT_ONCE / dealt.length));
  const open = dealt.reduce((sum, { share }) => sum + Math.min(share.length, partitionsAtOnce), 0);
  const context = { ...shared, partitionsAtOnce, readAheadBytes: Math.floor(READ_AHEAD_BYTES / open) };
  for (const { leader, share } of dealt) {
    const connection = await cluster.openConnection(leader);
    opened.push({ connection, lane: new Lane(connection, share, context) });
  }
}

/** Deals the items out to at most `n` shares. */
function shares<T>(items: readonly T[], n: number): T[][] {
  const dealt: T[][] = Array.from({ length: Math.min(n, items.length) }, () => []);
  for (const [i, item] of items.entries()) dealt[i % dealt.length]?.push(item);
  return dealt;
}
