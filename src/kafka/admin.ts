import { setTimeout as sleep } from 'node:timers/promises';

import type { RekindleError } from '../model/reasons.ts';
import { alterConfigs, createTopic, describeConfigs, type NewTopic } from './admin-requests.ts';
import type { KafkaCluster } from './cluster.ts';
import { Code, KafkaProtocolError, throwOnError } from './errors.ts';
import type { PartitionDescription, TopicDescription } from './metadata.ts';
import { createPartitions } from './partition-requests.ts';
import { deleteRecords, leaderEnds, listOffsets, type PartitionOffset } from './offset-requests.ts';
import type { Request } from './request.ts';
import { waitingForReplicas } from './replicas.ts';
import { retryTransient } from './retry.ts';

export type { PartitionDescription, TopicDescription };

export interface ConfigEntry {
  /** Null when the broker does not show it (sensitive). */
  readonly value: string | null;
  /** `topic`: set on the topic itself; `broker`: comes from the brokers' configuration; `default`: built in. */
  readonly source: 'topic' | 'broker' | 'default';
}

/**
 * How long to wait until a change that the controller has accepted is shown, in ms. Then it is taken at its word: a
 * broker may show a value in other words than it was given.
 */
const CHANGE_VISIBLE_WITHIN_MS = 5_000;
const CHANGE_POLL_MS = 10;

/** Which offset of a partition: the end of the leader's own log, the end as replicated, or the first one kept. */
export type OffsetKind = 'leader-end' | 'high-watermark' | 'earliest';

/**
 * What a restore does with topics besides reading and writing. Nothing is cached; what passes (a leader that moves, a
 * lost connection) is waited out for up to 30 s.
 *
 * All methods throw {@link RekindleError}: `KafkaUnreachable`, `NotAuthorized`, `TopicMissing`, or another reason by the
 * broker's error code.
 */
export class TopicAdmin {
  readonly #cluster: KafkaCluster;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Topics by name; those that do not exist are absent. */
  async describe(topics: readonly string[]): Promise<Map<string, TopicDescription>> {
    if (topics.length === 0) return new Map();
    return retryTransient(`Describing ${topics.join(', ')}`, async () => {
      const metadata = await this.#cluster.metadata(topics);
      const described = new Map<string, TopicDescription>();
      for (const { errorCode, name, ...topic } of metadata.topics) {
        if (errorCode === Code.UnknownTopicOrPartition) continue;
        throwOnError('Metadata', errorCode, name);
        described.set(name, topic);
      }
      return described;
    });
  }

  /** Node ids of the brokers that are up. */
  async brokers(): Promise<number[]> {
    const { brokers } = await retryTransient('Looking for the brokers', () => this.#cluster.metadata([]));
    return brokers.map(({ nodeId }) => nodeId);
  }

  /**
   * Whether the cluster has brokers for all replicas of a topic; nothing is created. With KRaft those that are down for now
   * count, as they do when it is created.
   */
  async canReplicate(topic: NewTopic): Promise<boolean> {
    return retryTransient(`Asking for the replicas of ${topic.name}`, async () => {
      const { errorCode, message } = await this.#cluster.request('controller', createTopic(topic, true));
      if (errorCode === Code.InvalidReplicationFactor) return false;
      if (errorCode !== Code.TopicAlreadyExists) throwOnError('CreateTopics', errorCode, topic.name, message);
      return true;
    });
  }

  /**
   * Creates a topic and waits until every partition's leader serves it.
   *
   * @throws {RekindleError} `WaitingForReplicas` when fewer brokers are registered, after half a minute.
   * @returns `exists` when there was a topic of that name: it is as it was. It may be from an attempt of this call whose
   * answer was lost: nobody can tell.
   */
  async create(topic: NewTopic): Promise<'created' | 'exists'> {
    const id = await retryTransient(`Creating the topic ${topic.name}`, async () => {
      const { errorCode, message, id: created } = await this.#cluster.request('controller', createTopic(topic));
      if (errorCode === Code.TopicAlreadyExists) return undefined;
      // A broker that restarts is not registered for a while.
      if (errorCode === Code.InvalidReplicationFactor) throw tooFewBrokers(topic, message);
      throwOnError('CreateTopics', errorCode, topic.name, message);
      return created;
    });
    await this.#untilServed(topic.name, (found) => id === undefined || found.id === id);
    return id === undefined ? 'exists' : 'created';
  }

  /**
   * Grows a topic to this many partitions and waits until every partition's leader serves it. Without effect when it has
   * as many: an earlier attempt may have been done although its answer was lost.
   */
  async addPartitions(topic: string, partitions: number): Promise<void> {
    await retryTransient(`Adding partitions to ${topic}`, async () => {
      const { errorCode, message } = await this.#cluster.request('controller', createPartitions(topic, partitions));
      const mayBeDone = errorCode === Code.InvalidPartitions;
      if (mayBeDone && (await this.#describeOne(topic)).partitions.length >= partitions) return;
      throwOnError('CreatePartitions', errorCode, topic, message);
    });
    await this.#untilServed(topic, (found) => found.partitions.length >= partitions);
  }

  /** The configuration in force, by name. */
  async configs(topic: string): Promise<Map<string, ConfigEntry>> {
    const { configs } = await retryTransient(`Reading the configuration of ${topic}`, async () => {
      const answer = await this.#cluster.request('any', describeConfigs({ topic }));
      throwOnError('DescribeConfigs', answer.errorCode, topic, answer.message);
      return answer;
    });
    return new Map(configs.map(({ name, value, source }) => [name, { value, source: sourceOf(source) }]));
  }

  /** A broker's configuration, by name: what holds for topics that do not say otherwise. Null: not set. */
  async brokerConfigs(broker: number): Promise<Map<string, string | null>> {
    const { configs } = await retryTransient(`Reading the configuration of broker ${broker}`, async () => {
      const answer = await this.#cluster.request(broker, describeConfigs({ broker }));
      throwOnError('DescribeConfigs', answer.errorCode, `broker ${broker}`, answer.message);
      return answer;
    });
    return new Map(configs.map(({ name, value }) => [name, value]));
  }

  /**
   * Changes these entries only: sets them, or deletes them, so that the brokers' value is in force again. Waits until
   * the brokers show the change, which follows the controller's word within milliseconds.
   */
  async alterConfigs(
    topic: string,
    changes: { readonly set?: Readonly<Record<string, string>>; readonly delete?: readonly string[] },
  ): Promise<void> {
    const { set = {}, delete: remove = [] } = changes;
    await retryTransient(`Changing the configuration of ${topic}`, async () => {
      const request = alterConfigs(topic, Object.entries(set), remove);
      const { errorCode, message } = await this.#cluster.request('controller', request);
      throwOnError('IncrementalAlterConfigs', errorCode, topic, message);
    });
    const deadline = performance.now() + CHANGE_VISIBLE_WITHIN_MS;
    while (performance.now() < deadline) {
      const now = await this.configs(topic);
      const missing = Object.entries(set).some(([name, value]) => now.get(name)?.value !== value);
      if (!missing && !remove.some((name) => now.get(name)?.source === 'topic')) return;
      await sleep(CHANGE_POLL_MS);
    }
  }

  /** Offsets by partition. */
  async endOffsets(topic: string, partitions: readonly number[], kind: OffsetKind): Promise<Map<number, number>> {
    return this.#fromLeaders(
      topic,
      partitions,
      kind === 'leader-end' ? 'OffsetForLeaderEpoch' : 'ListOffsets',
      (led) =>
        kind === 'leader-end'
          ? leaderEnds(topic, led)
          : listOffsets(
              topic,
              led.map(({ partition }) => partition),
              kind,
            ),
    );
  }

  /**
   * Deletes what lies before these offsets, by partition; -1 for all up to the high watermark.
   *
   * @returns the new log start offsets.
   */
  async deleteRecords(topic: string, beforeOffset: ReadonlyMap<number, number>): Promise<Map<number, number>> {
    return this.#fromLeaders(topic, [...beforeOffset.keys()], 'DeleteRecords', (led) =>
      deleteRecords(
        topic,
        led.map(({ partition }) => ({ partition, beforeOffset: beforeOffset.get(partition) ?? -1 })),
      ),
    );
  }

  /**
   * A broker learns a little later than the controller what there is; until then it may show a topic of that name that
   * was deleted. And the metadata names leaders a little before they know it themselves.
   */
  async #untilServed(topic: string, isMeant: (found: TopicDescription) => boolean): Promise<void> {
    const described = await retryTransient(`Waiting for ${topic}`, async () => {
      const found = await this.#describeOne(topic);
      if (!isMeant(found)) throw new KafkaProtocolError('Metadata', Code.LeaderNotAvailable, topic);
      return found;
    });
    const partitions = described.partitions.map(({ partition }) => partition);
    await this.endOffsets(topic, partitions, 'high-watermark');
  }

  async #describeOne(topic: string): Promise<TopicDescription> {
    const described = (await this.describe([topic])).get(topic);
    if (described === undefined) throw new KafkaProtocolError('Metadata', Code.UnknownTopicOrPartition, topic);
    return described;
  }

  /** Asks each partition's leader, again for those that failed: a leader may have moved. */
  async #fromLeaders(
    topic: string,
    partitions: readonly number[],
    api: string,
    request: (led: readonly PartitionDescription[]) => Request<PartitionOffset[]>,
  ): Promise<Map<number, number>> {
    const offsets = new Map<number, number>();
    await retryTransient(`${api} for ${topic}`, async () => {
      const described = await this.#describeOne(topic);
      const open = partitions.filter((partition) => !offsets.has(partition));
      const led = open.map((partition) => leaderOf(topic, described, partition));
      for (const [leader, ofLeader] of Map.groupBy(led, (partition) => partition.leader)) {
        for (const answer of await this.#cluster.request(leader, request(ofLeader))) {
          throwOnError(api, answer.errorCode, `${topic}-${answer.partition}`);
          offsets.set(answer.partition, answer.offset);
        }
      }
    });
    return offsets;
  }
}

function leaderOf(topic: string, described: TopicDescription, partition: number): PartitionDescription {
  const found = described.partitions.find((candidate) => candidate.partition === partition);
  if (found === undefined)
    throw new KafkaProtocolError('Metadata', Code.UnknownTopicOrPartition, `${topic}-${partition}`);
  if (found.leader < 0) throw new KafkaProtocolError('Metadata', Code.LeaderNotAvailable, `${topic}-${partition}`);
  return found;
}

const SET_ON_TOPIC = 1;
const BUILT_IN = 5;

function sourceOf(source: number): ConfigEntry['source'] {
  if (source === SET_ON_TOPIC) return 'topic';
  return source === BUILT_IN ? 'default' : 'broker';
}

const tooFewBrokers = (topic: { name: string; replicationFactor: number }, message: string | null): RekindleError =>
  waitingForReplicas(
    `Topic ${topic.name} is to have ${topic.replicationFactor} replicas: ${message ?? 'fewer brokers are registered'}`,
  );
