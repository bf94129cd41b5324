import { setTimeout as sleep } from 'node:timers/promises';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { stamp, strip } from '../../../src/kafka/record-batch.ts';
import type { TransactionCoordinator } from '../../../src/kafka/transactions.ts';
import { goldenBatch } from '../../unit/kafka/golden.ts';

/** Records of one golden batch. */
export const RECORDS_PER_BATCH = 6;

/** A topic for tests that are about logs, not about records: its batches are the one that a Java producer wrote. */
export class GoldenTopic {
  readonly name: string;
  readonly admin: TopicAdmin;
  private readonly cluster: KafkaCluster;

  private constructor(cluster: KafkaCluster, name: string) {
    this.name = name;
    this.cluster = cluster;
    this.admin = new TopicAdmin(cluster);
  }

  static async create(
    cluster: KafkaCluster,
    name: string,
    partitions: number,
    configs: Record<string, string> = { 'retention.ms': '-1' },
  ): Promise<GoldenTopic> {
    const topic = new GoldenTopic(cluster, name);
    await topic.admin.create({ name, partitions, replicationFactor: 1, configs });
    return topic;
  }

  /** Appends batches, one after the other. */
  async append(partition: number, batches: number): Promise<void> {
    for (let left = batches; left > 0; left--) {
      const batch = goldenBatch('zstd');
      strip(batch);
      batch.writeBigInt64BE(0n);
      await this.produce(null, partition, batch);
    }
  }

  /** Appends one batch in a transaction and leaves that open. @returns what commits it */
  async appendOpen(partition: number, coordinator: TransactionCoordinator): Promise<() => Promise<unknown>> {
    const producer = await coordinator.initProducerId(60_000);
    await coordinator.addPartitions(producer, [{ topic: this.name, partitions: [partition] }]);
    const batch = goldenBatch('zstd');
    stamp(batch, { ...producer, baseSequence: 0 });
    await this.produce(coordinator.transactionalId, partition, batch);
    return () => coordinator.commit(producer);
  }

  private async produce(transactionalId: string | null, partition: number, batch: Buffer): Promise<void> {
    const leader = (await this.admin.describe([this.name])).get(this.name)?.partitions[partition]?.leader ?? -1;
    const connection = await this.cluster.openConnection(leader);
    const topics = [{ topic: this.name, partitions: [{ partition, batch }] }];
    // A leader that has not verified the transaction with the coordinator yet asks to be asked again.
    while ((await connection.produce({ transactionalId, topics }))[0]?.errorCode !== 0) await sleep(20);
    connection.reset();
  }
}
