import { setTimeout as sleep } from 'node:timers/promises';

import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../../../src/kafka/cluster.ts';
import { Code } from '../../../src/kafka/errors.ts';
import { fetch } from '../../../src/kafka/fetch.ts';
import type { ProduceResult } from '../../../src/kafka/produce.ts';
import {
  parseHeader,
  splitBatches,
  stamp,
  strip,
  type BatchHeader,
  type ProducerStamp,
} from '../../../src/kafka/record-batch.ts';
import { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import { unusedName } from '../../support/kafka.ts';
import { goldenBatch, type goldenCodecs } from '../../unit/kafka/golden.ts';

/** The broker's default maximum. */
export const TRANSACTION_TIMEOUT_MS = 900_000;

/** Answers that ask to send the batch again: the partition's leader is not ready for the transaction yet. */
const NOT_YET: readonly number[] = [
  Code.NotEnoughReplicas,
  Code.ConcurrentTransactions,
  Code.NotLeaderOrFollower,
  Code.UnknownTopicOrPartition,
];

/** A topic to write to, as a restore does, with what a test looks at. */
export class Target {
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly admin: TopicAdmin;
  readonly coordinator: TransactionCoordinator;

  private constructor(cluster: KafkaCluster, topic: string) {
    this.cluster = cluster;
    this.topic = topic;
    this.admin = new TopicAdmin(cluster);
    this.coordinator = new TransactionCoordinator(cluster, `rekindle-${topic}`);
  }

  /** Its records are old: without this configuration the broker would delete them. */
  static async create(cluster: KafkaCluster, partitions = 1): Promise<Target> {
    const target = new Target(cluster, unusedName('kafka-test'));
    const configs = { 'retention.ms': '-1' };
    await target.admin.create({ name: target.topic, partitions, replicationFactor: -1, configs });
    return target;
  }

  /** An extra connection to the leader of partition 0. */
  async connect(): Promise<BrokerConnection> {
    const leader = (await this.admin.describe([this.topic])).get(this.topic)?.partitions[0]?.leader ?? -1;
    return this.cluster.openConnection(leader);
  }

  /** A batch of a Java producer of 2019, five records, stamped. */
  batch(producer: ProducerStamp, codec: (typeof goldenCodecs)[number] = 'none'): Buffer {
    const batch = goldenBatch(codec);
    strip(batch);
    stamp(batch, producer);
    return batch;
  }

  /** Sends a batch within the open transaction, again as long as the leader asks for that. */
  async send(connection: BrokerConnection, batch: Buffer, partition = 0): Promise<ProduceResult> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const [result] = await connection.produce({
        transactionalId: this.coordinator.transactionalId,
        topics: [{ topic: this.topic, partitions: [{ partition, batch }] }],
      });
      if (result === undefined) break;
      if (!NOT_YET.includes(result.errorCode)) return result;
      await sleep(20);
    }
    throw new Error('The leader does not become ready.');
  }

  /** Headers of all batches up to the high watermark. A fetch ends with its segment, so one is not enough. */
  async log(connection: BrokerConnection): Promise<BatchHeader[]> {
    const headers: BatchHeader[] = [];
    for (let offset = 0; ;) {
      const { recordSet, highWatermark } = await fetch(connection, { topic: this.topic, partition: 0, offset });
      headers.push(...[...splitBatches(recordSet)].map((batch) => parseHeader(batch)));
      const last = headers.at(-1);
      offset = last === undefined ? 0 : last.baseOffset + last.lastOffsetDelta + 1;
      if (offset >= highWatermark) return headers;
    }
  }
}
