/** One broker of a cluster; each is a controller too. */
export interface KafkaNode {
  /** From 1. */
  id: number;
  /** Folder of its log. */
  logFolder: string;
  /** Port for programs on this machine, on loopback. */
  hostPort: number;
  /** Port for pods, on the bridge. */
  podsPort: number;
  /** Port of the controller quorum, on loopback. */
  controllerPort: number;
}

/**
 * The configuration of one broker.
 * @param nodes all nodes of the cluster, this one among them
 * @param podsHost the address where pods reach this machine; without it there is no listener for them
 * @param own properties that hold instead of those made here, or besides them
 */
export function serverProperties(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  podsHost?: string,
  own: Readonly<Record<string, string>> = {},
): string {
  const listeners = [`HOST://127.0.0.1:${node.hostPort}`];
  if (podsHost !== undefined) listeners.push(`PODS://${podsHost}:${node.podsPort}`);
  const replicas = Math.min(nodes.length, 3);
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${node.controllerPort}`].join(','),
    // Every listener is bound to the address that clients are told: nothing is open to the network.
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': 'HOST:PLAINTEXT,PODS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'HOST',
    'log.dirs': node.logFolder,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.min(replicas, 2),
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': Math.min(replicas, 2),
    'default.replication.factor': replicas,
    // The default of ten minutes would let a test end before the broker forgets an idle producer.
    'producer.id.expiration.check.interval.ms': 1000,
    // The default of ten seconds would keep tests waiting for the end of a transaction whose time is up.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
    // A deleted topic's data goes at once, from the page cache too: the next benchmark has all of it.
    'log.segment.delete.delay.ms': 1000,
    'group.initial.rebalance.delay.ms': 0,
    // What it does in the background is little, but for each of many hundreds of partitions: ten threads wake one another.
    'background.threads': 1,
    'auto.create.topics.enable': false,
    ...own,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
