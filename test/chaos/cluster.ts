import kafkajs, { Kafka, logLevel, type Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

// Node finds no names in a CommonJS module behind the first that is not just listed.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

/** Brokers are back, and replicas have caught up, within seconds. */
const PATIENCE_MS = 60_000;
const POLL_MS = 100;

/** Where a partition stands. */
export interface Places {
  /** -1 while there is none. */
  leader: number;
  followers: number[];
  inSync: number[];
}

/** What a scenario asks of the cluster, past the proxies, by a client that has nothing in common with the restore's. */
export class Cluster {
  readonly #admin: Admin;

  private constructor(admin: Admin) {
    this.#admin = admin;
  }

  static async connect(bootstrap: string): Promise<Cluster> {
    const admin = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new Cluster(admin);
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  async create(topic: {
    name: string;
    /** Brokers of each partition, the preferred leader first. */
    replicas: readonly (readonly number[])[];
    configs?: Readonly<Record<string, string>>;
  }): Promise<void> {
    const wanted = {
      topic: topic.name,
      replicaAssignment: topic.replicas.map((replicas, partition) => ({ partition, replicas: [...replicas] })),
      configEntries: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
    };
    await patiently(() => this.#admin.createTopics({ topics: [wanted], waitForLeaders: true }));
  }

  /** Resolves when none of the topics is there any more. */
  async delete(names: readonly string[]): Promise<void> {
    await patiently(async () => {
      const left = (await this.#admin.listTopics()).filter((name) => names.includes(name));
      if (left.length === 0) return;
      await this.#admin.deleteTopics({ topics: left });
      throw new Error(`not gone yet: ${left.join(', ')}`);
    });
  }

  /** The numbers of its partitions. */
  async partitions(topic: string): Promise<number[]> {
    const { topics } = await patiently(() => this.#admin.fetchTopicMetadata({ topics: [topic] }));
    return topics.flatMap(({ partitions }) => partitions.map(({ partitionId }) => partitionId));
  }

  /** @throws Error when there is no such partition, or nobody to ask at this moment */
  async placesNow(topic: string, partition: number): Promise<Places> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
    const found = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
    if (found === undefined) throw new Error(`there is no partition ${topic}/${partition}`);
    const { leader, replicas, isr } = found;
    return { leader, followers: replicas.filter((id) => id !== leader), inSync: isr };
  }

  /** Of each partition of a topic, the offset behind all that is replicated. @throws Error when nobody can be asked now */
  async endsNow(topic: string): Promise<number[]> {
    return (await this.#offsetsNow(topic)).map(({ high }) => Number(high));
  }

  /** Of each partition of a topic, the first offset that it still has. */
  async starts(topic: string): Promise<number[]> {
    return (await patiently(() => this.#offsetsNow(topic))).map(({ low }) => Number(low));
  }

  async #offsetsNow(topic: string): Promise<{ partition: number; low: string; high: string }[]> {
    return (await this.#admin.fetchTopicOffsets(topic)).toSorted((a, b) => a.partition - b.partition);
  }

  /** Waits for the partition and for somebody who knows of it. */
  async places(topic: string, partition: number): Promise<Places> {
    return patiently(() => this.placesNow(topic, partition));
  }

  /** What is set on the topic itself, by name. */
  async ownConfiguration(topic: string): Promise<Record<string, string>> {
    const asked = { resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }], includeSynonyms: false };
    const { resources } = await patiently(() => this.#admin.describeConfigs(asked));
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    const own = entries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
    return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
  }

  /** Ids of the brokers that take part. */
  async brokers(): Promise<number[]> {
    const { brokers } = await patiently(() => this.#admin.describeCluster());
    return brokers.map(({ nodeId }) => nodeId);
  }

  /** Resolves when every partition has a leader and all its replicas in sync. */
  async untilHealthy(): Promise<void> {
    await patiently(async () => {
      const { topics } = await this.#admin.fetchTopicMetadata();
      const ill = topics.flatMap(({ name, partitions }) =>
        partitions
          .filter(({ leader, isr, replicas }) => leader < 0 || isr.length < replicas.length)
          .map(({ partitionId }) => `${name}/${partitionId}`),
      );
      if (ill.length > 0) throw new Error(`replicas are not in sync: ${ill.slice(0, 5).join(', ')}`);
    });
  }
}

/** Brokers come and go while they are asked: asks until there is an answer. */
async function patiently<T>(question: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(POLL_MS);
    }
  }
}
