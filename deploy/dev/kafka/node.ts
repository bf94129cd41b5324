import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLog, randomId } from './log-folder.ts';
import { serverProperties, type KafkaNode } from './server-properties.ts';

export interface ClusterOptions {
  /** Number of brokers. */
  nodes: number;
  /** Where configuration and logs of all nodes stand. Data that is there is kept. */
  folder: string;
  /** Three for each node: for the host, for pods, for the controllers. */
  ports: readonly number[];
  /** The address where pods reach this machine; without it there is no listener for them. */
  podsHost?: string;
  /** Broker properties instead of the usual ones, or besides them, by node id. */
  properties?: (nodeId: number) => Readonly<Record<string, string>>;
}

export const propertiesFile = (node: KafkaNode): string => `${node.logFolder}.properties`;

export function nodesOf({ nodes, folder, ports }: ClusterOptions): KafkaNode[] {
  return Array.from({ length: nodes }, (_, index) => {
    const [hostPort = 0, podsPort = 0, controllerPort = 0] = ports.slice(index * 3, index * 3 + 3);
    return { id: index + 1, logFolder: join(folder, `node-${index + 1}`), hostPort, podsPort, controllerPort };
  });
}

/**
 * Writes a node's configuration, and formats its log if it has none.
 * @param jars folder of the jars of one version of Kafka
 */
export async function prepareNode(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  { folder, podsHost, properties }: ClusterOptions,
  jars: string,
): Promise<void> {
  await mkdir(node.logFolder, { recursive: true });
  await writeFile(propertiesFile(node), serverProperties(node, nodes, podsHost, properties?.(node.id)));
  await formatLog(node.logFolder, jars, { clusterId: await clusterId(folder), nodeId: node.id });
}

/** The same id for all nodes of the cluster, another one for every new cluster. */
async function clusterId(folder: string): Promise<string> {
  const file = join(folder, 'cluster-id');
  if (!existsSync(file)) await writeFile(file, randomId());
  return readFile(file, 'utf8');
}
