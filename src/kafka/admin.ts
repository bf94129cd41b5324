import type { KafkaCluster } from './connection.ts';

export interface PartitionDescription {
  readonly partition: number;
  /** Node id; -1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
}

export interface TopicDescription {
  /** UUID string. A topic that was deleted and created again has another one. */
  readonly id: string;
  readonly internal: boolean;
  /** In order of their number. */
  readonly partitions: readonly PartitionDescription[];
}

export interface ConfigEntry {
  /** Null when the broker does not show it (sensitive). */
  readonly value: string | null;
  /** Where the value comes from; `topic` was set on the topic itself. */
  readonly source: 'topic' | 'broker' | 'default';
  readonly isDefault: boolean;
}

/** Which offset of a partition: the leader's own end, the end that is replicated, or the first one kept. */
export type OffsetKind = 'leader-end' | 'high-watermark' | 'earliest';

/** What a restore does with topics besides reading and writing. */
export class TopicAdmin {
  constructor(_cluster: KafkaCluster) {}

  /** Asks the brokers each time. Topics that do not exist are absent in the answer. */
  describe(_topics: readonly string[]): Promise<Map<string, TopicDescription>> {
    return Promise.reject(new Error('not yet'));
  }

  brokerCount(): Promise<number> {
    return Promise.reject(new Error('not yet'));
  }

  /**
   * Creates a topic and waits until every partition has a leader.
   *
   * @param topic.replicationFactor -1 for the broker's default.
   * @returns `exists` when there was one already: nothing was changed then.
   */
  create(_topic: {
    name: string;
    partitions: number;
    replicationFactor: number;
    configs: Readonly<Record<string, string>>;
  }): Promise<'created' | 'exists'> {
    return Promise.reject(new Error('not yet'));
  }

  configs(_topic: string): Promise<Map<string, ConfigEntry>> {
    return Promise.reject(new Error('not yet'));
  }

  /** Changes these entries only: sets, or deletes so that the broker's default is in force again. */
  alterConfigs(
    _topic: string,
    _changes: { set?: Readonly<Record<string, string>>; delete?: readonly string[] },
  ): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** By partition number. */
  endOffsets(_topic: string, _partitions: readonly number[], _kind: OffsetKind): Promise<Map<number, number>> {
    return Promise.reject(new Error('not yet'));
  }

  /**
   * Deletes what lies before these offsets; -1 for all up to the high watermark.
   *
   * @returns the new log start offset by partition.
   */
  deleteRecords(_topic: string, _beforeOffset: ReadonlyMap<number, number>): Promise<Map<number, number>> {
    return Promise.reject(new Error('not yet'));
  }

  /** Consumer groups that have committed an offset on the topic. */
  committedGroups(_topic: string): Promise<string[]> {
    return Promise.reject(new Error('not yet'));
  }
}
