import { execa } from 'execa';
import { join } from 'node:path';
import { cached, digest, type Recipe } from '../cache.ts';
import { logFolder } from '../folders.ts';
import type { Server } from '../server.ts';
import { classArchive } from './class-archive.ts';
import { brokerClasspath, LITTLE_TO_DO } from './jvm.ts';
import { nodesOf, prepareNode, propertiesFile, type ClusterOptions } from './node.ts';
import type { KafkaNode } from './server-properties.ts';

const pom = join(import.meta.dirname, 'pom.xml');

/** The version that the local stack runs. */
export const KAFKA_VERSION = '4.1.0';

export interface KafkaOptions extends ClusterOptions {
  /** Names the servers and their log files; `-<node id>` is added when there are several. */
  name: string;
  /** A released version of Apache Kafka, such as 4.1.0; from 3.5 on. */
  version: string;
  /** Java heap of each broker. */
  heapMegabytes: number;
  /** Options of each broker's JVM besides its heap. Default those of a JVM with little to do. */
  jvmOptions?: readonly string[];
}

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
  const classes = await classArchive(jars);
  const nodes = nodesOf(options);
  for (const node of nodes) await prepareNode(node, nodes, options, jars);
  return nodes.map((node) => brokerServer(node, options, { jars, classes }));
}

function brokerServer(
  node: KafkaNode,
  { name, nodes, heapMegabytes, jvmOptions = LITTLE_TO_DO }: KafkaOptions,
  { jars, classes }: { jars: string; classes: string },
): Server {
  const serverName = nodes === 1 ? name : `${name}-${node.id}`;
  return {
    name: serverName,
    command: [
      'java',
      `-Xmx${heapMegabytes}m`,
      `-Xms${heapMegabytes}m`,
      ...jvmOptions,
      classes,
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
      '-cp',
      brokerClasspath(jars),
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
