import { TopicAdmin, type TopicDescription } from '../kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../kafka/cluster.ts';
import { Code, KafkaProtocolError, throwOnError } from '../kafka/errors.ts';
import { fetch, type FetchResult } from '../kafka/fetch.ts';
import { retryTransient } from '../kafka/retry.ts';
import { RekindleError } from '../model/reasons.ts';

/** Bytes of one fetch; a backup holds two per partition that it reads at the time. */
const FETCH_BYTES = 4 * 1024 * 1024;

/**
 * How long a broker may take for what is in remote storage once it has not had it at once, in ms. Since Kafka 3.8 it goes by
 * its own `remote.fetch.max.wait.ms` instead.
 */
const REMOTE_WAIT_MS = 5_000;

/** A topic of a live cluster, by the id that it must keep. */
export interface SourceTopic {
  readonly name: string;
  readonly id: string;
}

/** Reads committed data of a live cluster, over connections that serve one partition at a time. */
export class CommittedSource {
  readonly admin: TopicAdmin;
  private readonly cluster: KafkaCluster;
  private readonly idle = new Map<number, BrokerConnection[]>();
  private readonly leaders = new Map<string, number>();

  constructor(cluster: KafkaCluster) {
    this.cluster = cluster;
    this.admin = new TopicAdmin(cluster);
  }

  /**
   * Reads from an offset on up to the last stable offset, with the transactions that were aborted in between. What
   * passes by itself is waited out.
   *
   * @param stable last stable offset that was seen before. A new leader may not know yet that so much is replicated, and
   *   answers without data and without an error: an answer without data counts only from a leader that is as far.
   * @returns without data below the last stable offset only where compaction has left none up to there
   * @throws RekindleError `ArchiveChanged` when the topic was deleted and created again, `WaitingForReplicas`,
   *   `KafkaUnreachable`, `NotAuthorized`; {@link KafkaProtocolError} with OFFSET_OUT_OF_RANGE
   */
  async fetch(topic: SourceTopic, partition: number, offset: number, stable: number): Promise<FetchResult> {
    const name = `${topic.name}-${partition}`;
    let maxWaitMs = 0;
    return retryTransient(`Reading ${name} from offset ${offset} on`, async () => {
      try {
        const connection = await this.acquire(await this.leaderOf(topic, partition));
        const request = {
          topic: topic.name,
          partition,
          offset,
          maxBytes: FETCH_BYTES,
          isolation: 'committed',
          maxWaitMs,
        } as const;
        const result = await fetch(connection, request);
        this.release(connection);
        throwOnError('Fetch', result.errorCode, name);
        if (result.recordSet.length > 0) return result;
        if (result.lastStableOffset < stable) throw behind(name, result, stable);
        if (offset < result.lastStableOffset && (await this.isTiered(topic))) {
          maxWaitMs = REMOTE_WAIT_MS;
          throw stillRemote(name, offset);
        }
        return result;
      } catch (error) {
        this.leaders.delete(name);
        throw error;
      }
    });
  }

  /**
   * First offset of each partition that the source still has.
   *
   * @throws RekindleError `ArchiveChanged` when the topic was deleted and created again, `TopicMissing` and others
   */
  async earliest(topic: SourceTopic, partitions: readonly number[]): Promise<Map<number, number>> {
    try {
      return await this.admin.endOffsets(topic.name, partitions, 'earliest');
    } finally {
      // Leaders are asked by the name: another topic of that name answers too, or lacks some of the partitions.
      await this.describe(topic);
    }
  }

  /**
   * A broker that does not get records from remote storage in time answers without data and without an error. Asked for
   * only where that may be so: the topic may have become one of them a moment ago. Kafka compacts none of them.
   */
  private async isTiered(topic: SourceTopic): Promise<boolean> {
    return (await this.admin.configs(topic.name)).get('remote.storage.enable')?.value === 'true';
  }

  private async leaderOf(topic: SourceTopic, partition: number): Promise<number> {
    const name = `${topic.name}-${partition}`;
    const known = this.leaders.get(name);
    if (known !== undefined) return known;
    for (const { partition: number, leader } of (await this.describe(topic)).partitions) {
      if (leader >= 0) this.leaders.set(`${topic.name}-${number}`, leader);
    }
    const leader = this.leaders.get(name);
    if (leader === undefined) throw new KafkaProtocolError('Metadata', Code.LeaderNotAvailable, name);
    return leader;
  }

  private async describe(topic: SourceTopic): Promise<TopicDescription> {
    const described = (await this.admin.describe([topic.name])).get(topic.name);
    if (described === undefined) throw new KafkaProtocolError('Metadata', Code.UnknownTopicOrPartition, topic.name);
    if (described.id === topic.id) return described;
    throw new RekindleError(
      'ArchiveChanged',
      `Topic ${topic.name} was deleted and created again while it was being backed up. Run the backup again: the new topic becomes a generation of its own.`,
    );
  }

  private async acquire(nodeId: number): Promise<BrokerConnection> {
    const idle = this.idle.get(nodeId) ?? [];
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (!connection.closed) return connection;
    }
    return this.cluster.openConnection(nodeId);
  }

  private release(connection: BrokerConnection): void {
    const idle = this.idle.get(connection.nodeId);
    if (idle === undefined) this.idle.set(connection.nodeId, [connection]);
    else idle.push(connection);
  }
}

const behind = (name: string, { lastStableOffset }: FetchResult, stable: number): RekindleError =>
  new RekindleError(
    'WaitingForReplicas',
    `${name}: its leader shows committed records up to offset ${lastStableOffset} only, though there were some up to ${stable}. Nothing is left out; run the backup again once the partition's in-sync replicas have caught up.`,
  );

const stillRemote = (name: string, offset: number): RekindleError =>
  new RekindleError(
    'KafkaUnreachable',
    `${name}: the records from offset ${offset} on are in remote storage (remote.storage.enable=true), and the broker did not get them from there in time. Nothing is left out; run the backup again once the remote storage is faster, or raise remote.fetch.max.wait.ms on the brokers (Kafka 3.8 or newer).`,
  );
