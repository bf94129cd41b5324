import type { TopicDescription } from '../kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../kafka/cluster.ts';
import { leaderOf } from './leaders.ts';
import type { TargetPartition } from './partition.ts';

/** Connections to the leaders of partitions: each serves one reader at a time and is used again by the next. */
export class LeaderConnections {
  private readonly cluster: KafkaCluster;
  private readonly topics: ReadonlyMap<string, TopicDescription>;
  private readonly all: BrokerConnection[] = [];
  private readonly idle = new Map<number, BrokerConnection[]>();

  constructor(cluster: KafkaCluster, topics: ReadonlyMap<string, TopicDescription>) {
    this.cluster = cluster;
    this.topics = topics;
  }

  /**
   * Does something over a connection to the partition's leader.
   * @throws OutcomeUnknown when it has none; RekindleError `KafkaUnreachable`; what the work throws
   */
  async use<T>(of: TargetPartition, work: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const { leader } = leaderOf(this.topics, of);
    const connection = this.idle.get(leader)?.pop() ?? (await this.open(leader));
    const result = await work(connection);
    this.idle.set(leader, [...(this.idle.get(leader) ?? []), connection]);
    return result;
  }

  /** Gives all of them up: whoever waits for an answer is told so at once. */
  close(): void {
    for (const connection of this.all) connection.reset();
  }

  private async open(leader: number): Promise<BrokerConnection> {
    const connection = await this.cluster.openConnection(leader);
    this.all.push(connection);
    return connection;
  }
}
