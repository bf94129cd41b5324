import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, digest, type Recipe } from '../cache.ts';
import { logFolder } from '../folders.ts';
import type { Server } from '../server.ts';
import { serverProperties, type KafkaNode } from './server-properties.ts';

const pom = join(import.meta.dirname, 'pom.xml');

/** The version that the local stack runs. */
export const KAFKA_VERSION = '4.1.0';

export interface KafkaOptions {
  /** Names the servers and their log files; `-<node id>` is added when there are several. */
  name: string;
  /** A released version of Apache Kafka, such as 4.1.0; from 3.5 on. */
  version: string;
  /** Number of brokers. */
  nodes: number;
  /** Where configuration and logs of all nodes stand. Data that is there is kept. */
  folder: string;
  /** Three for each node: for the host, for pods, for the controllers. */
  ports: readonly number[];
  /** The address where pods reach this machine; without it there is no listener for them. */
  podsHost?: string;
  /** Java heap of each broker. */
  heapMegabytes: number;
  /** Options of each broker's JVM besides its heap. Default the collector that Kafka's own scripts choose. */
  jvmOptions?: readonly string[];
  /** Broker properties instead of the usual ones, or besides them, by node id. */
  properties?: (nodeId: number) => Readonly<Record<string, string>>;
}

/** For a JVM that lives a minute at most: its compiler would take more time than what it compiles saves. */
export const SHORT_LIVED = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The jars of one version of Kafka. */
export async function kafkaJars(version: string): Promise<Recipe> {
  return {
    name: `kafka-${version}-${await digest(pom)}`,
    build: async (folder) => {
      await execa('mvn', ['-q', '-B', '-f', pom, `-Dkafka.version=${version}`, `-Dfolder=${folder}`, 'package']);
    },
  };
}

/** The Java class path of Kafka's clients and tools, without their logging. */
export function toolsClasspath(jars: string): string {
  return `${join(jars, 'libs/*')}:${join(jars, 'tools/*')}`;
}

/** Makes everything ready for a cluster and returns its brokers, to be started together. */
export async function kafkaServers(options: KafkaOptions): Promise<Server[]> {
  const jars = await cached(await kafkaJars(options.version));
  const nodes = nodesOf(options);
  for (const node of nodes) await prepareNode(node, nodes, options, jars);
  return nodes.map((node) => brokerServer(node, options, jars));
}

function brokerServer(
  node: KafkaNode,
  { name, nodes, heapMegabytes, jvmOptions = ['-XX:+UseG1GC'] }: KafkaOptions,
  jars: string,
): Server {
  const serverName = nodes === 1 ? name : `${name}-${node.id}`;
  return {
    name: serverName,
    command: [
      'java',
      `-Xmx${heapMegabytes}m`,
      `-Xms${heapMegabytes}m`,
      ...jvmOptions,
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
      '-cp',
      `${join(jars, 'libs/*')}:${join(jars, 'server/*')}`,
      'kafka.Kafka',
      propertiesFile(node),
    ],
    cwd: node.logFolder,
    env: {},
    log: join(logFolder, `${serverName}.log`),
    ready: { kind: 'kafka', bootstrap: `127.0.0.1:${node.hostPort}`, brokers: nodes },
    stopSeconds: 20,
  };
}

/** Where programs on this machine reach the cluster. */
export function hostBootstrap(options: KafkaOptions): string {
  return nodesOf(options)
    .map(({ hostPort }) => `127.0.0.1:${hostPort}`)
    .join(',');
}

function nodesOf({ nodes, folder, ports }: KafkaOptions): KafkaNode[] {
  return Array.from({ length: nodes }, (_, index) => {
    const [hostPort = 0, podsPort = 0, controllerPort = 0] = ports.slice(index * 3, index * 3 + 3);
    return { id: index + 1, logFolder: join(folder, `node-${index + 1}`), hostPort, podsPort, controllerPort };
  });
}

async function prepareNode(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  { folder, podsHost, properties }: KafkaOptions,
  jars: string,
): Promise<void> {
  await mkdir(node.logFolder, { recursive: true });
  await writeFile(propertiesFile(node), serverProperties(node, nodes, podsHost, properties?.(node.id)));
  if (existsSync(join(node.logFolder, 'meta.properties'))) return;
  const format = ['kafka.tools.StorageTool', 'format', '-t', await clusterId(folder), '-c', propertiesFile(node)];
  await execa('java', [...SHORT_LIVED, '-cp', toolsClasspath(jars), ...format]);
}

/** The same id for all nodes of the cluster, another one for every new cluster. */
async function clusterId(folder: string): Promise<string> {
  const file = join(folder, 'cluster-id');
  // The leading A: an id that begins with a hyphen would be taken for an option.
  if (!existsSync(file)) await writeFile(file, `A${randomBytes(16).toString('base64url').slice(1)}`);
  return readFile(file, 'utf8');
}

function propertiesFile(node: KafkaNode): string {
  return `${node.logFolder}.properties`;
}
