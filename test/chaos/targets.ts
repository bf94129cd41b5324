import { writeForeign } from '../support/foreign.ts';
import { partitionsOf } from './data.ts';
import type { Random } from './random.ts';
import type { StageParts } from './stage.ts';
import type { World } from './world.ts';

type Target = StageParts['targets'][number];

type Configs = Readonly<Record<string, string>>;

/**
 * Topics of two replicas each, one of which suffices, and whose lost leader is replaced by whoever is there.
 * @returns their configuration
 */
export async function createUncleanTopics(
  { cluster, kafka }: World,
  targets: readonly Target[],
  random: Random,
): Promise<Configs> {
  const pair = kafka.brokers.map(({ id }) => id);
  pair.splice(random.whole(0, 2), 1);
  const configs = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1', 'retention.ms': '-1' };
  for (const { source, target } of targets) {
    const replicas = Array.from({ length: partitionsOf(source) }, () => pair);
    await cluster.create({ name: target, replicas, configs });
  }
  return configs;
}

/**
 * Topics that keep what is written to them, with a record of somebody else's in each partition.
 * @returns their configuration
 */
export async function createTopicsOfOthers({ cluster, kafka }: World, targets: readonly Target[]): Promise<Configs> {
  const configs = { 'retention.ms': '-1' };
  const brokers = kafka.brokers.map(({ id }) => id);
  const theirs = targets.flatMap(({ source, target }) =>
    Array.from({ length: partitionsOf(source) }, (_, partition) => ({ topic: target, partition })),
  );
  for (const { source, target } of targets) {
    const replicas = Array.from({ length: partitionsOf(source) }, () => brokers);
    await cluster.create({ name: target, replicas, configs });
  }
  await writeForeign(kafka.direct, ...theirs);
  return configs;
}

export async function deleteTopics({ cluster, acknowledgements }: World, targets: readonly Target[]): Promise<void> {
  const topics = targets.map(({ target }) => target);
  await cluster.delete(topics);
  for (const topic of topics) acknowledgements.forget(topic);
}
