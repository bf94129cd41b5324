import { rm } from 'node:fs/promises';
import { hostBootstrap, kafkaServers, KAFKA_VERSION } from '../../deploy/dev/kafka/kafka.ts';
import { unusedPort } from '../../deploy/dev/ports.ts';
import { readStack } from '../../deploy/dev/state.ts';
import { BrokerProcess } from './broker-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A cluster of one test's own that pods reach. */
export interface PodsKafka {
  /** For programs on this machine; nobody is asked for a password there. */
  readonly host: string;
  /** For pods. */
  readonly pods: string;
  readonly broker: BrokerProcess;
  /** Stops it and deletes its data. */
  readonly stop: () => Promise<void>;
}

/** One broker beside the stack's. @param properties instead of the usual ones, such as `brokerRestricting` */
export async function startPodsKafka(
  name: string,
  properties: Readonly<Record<string, string>> = {},
): Promise<PodsKafka> {
  const folder = await temporaryFolder(name);
  const { hostname: podsHost } = new URL(`tcp://${readStack('kafka').kafka.bootstrap.pods}`);
  const ports = [await unusedPort(), await unusedPort(), await unusedPort()];
  const kafka = {
    ...{ name, version: KAFKA_VERSION, nodes: 1, folder, heapMegabytes: 384 },
    ...{ ports, podsHost, properties: () => properties },
  };
  const [server] = await kafkaServers(kafka);
  if (server === undefined) throw new Error('a cluster without a broker');
  const broker = new BrokerProcess(server);
  const stop = async (): Promise<void> => {
    await broker.kill();
    await rm(folder, { recursive: true });
  };
  try {
    await broker.start();
    await broker.untilReady();
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: hostBootstrap(kafka), pods: `${podsHost}:${ports[1] ?? 0}`, broker, stop };
}
