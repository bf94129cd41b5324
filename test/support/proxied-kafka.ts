import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hostBootstrap, kafkaServers, KAFKA_VERSION } from '../../deploy/dev/kafka/kafka.ts';
import { unusedPort } from '../../deploy/dev/ports.ts';
import { BrokerProcess } from './broker-process.ts';
import type { AcknowledgedBatch } from './produce-answers.ts';
import { Proxy } from './proxy.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** One broker and its two ways to the world. */
export interface ProxiedBroker {
  readonly id: number;
  readonly process: BrokerProcess;
  /** Folder of its data: a folder for each partition. */
  readonly logs: string;
  /** Between clients and this broker. */
  readonly clients: Proxy;
  /** Between the other brokers and this one: replication, markers of transactions. The controllers' quorum is apart. */
  readonly brokers: Proxy;
}

/** A cluster of its own for one test, reached directly or through proxies. */
export interface ProxiedKafka {
  /** Past the proxies: for what writes the data and checks the results. */
  readonly direct: string;
  /** Through the proxies, with all that a client does after the first answer. */
  readonly proxied: string;
  readonly brokers: readonly ProxiedBroker[];
  /** Stops everything and deletes the brokers' data. */
  readonly stop: () => Promise<void>;
}

export interface ProxiedKafkaOptions {
  /** Names the brokers' log files; each test file has its own. */
  name: string;
  /** Default 1. */
  nodes?: number;
  /** Default the local stack's. */
  version?: string;
  /** Heap of each broker. Default 512. */
  heapMegabytes?: number;
  /** Broker properties instead of the usual ones. */
  properties?: Readonly<Record<string, string>>;
  /** Told of every batch that a broker acknowledges to a client of the proxies. */
  onAcknowledged?: (batch: AcknowledgedBatch) => void;
}

export async function startProxiedKafka(options: ProxiedKafkaOptions): Promise<ProxiedKafka> {
  const { name, nodes = 1, version = KAFKA_VERSION, heapMegabytes = 512, properties = {}, onAcknowledged } = options;
  const folder = await temporaryFolder(name);
  const doors = await Array.fromAsync({ length: nodes }, (_, index) => openDoors(index + 1, onAcknowledged));
  const kafka = {
    ...{ name, version, nodes, folder, heapMegabytes },
    ports: doors.flatMap(({ ports: { host, clients, controller } }) => [host, clients, controller]),
    // The listener that pods have elsewhere is the proxy's here.
    podsHost: '127.0.0.1',
    properties: (id: number) => ({ ...listenersOf(doors[id - 1]), ...properties }),
  };
  const servers = await kafkaServers(kafka);
  const brokers = doors.flatMap(({ id, clients, brokers: others }, index) => {
    const server = servers[index];
    if (server === undefined) return [];
    const logs = join(folder, `node-${id}`);
    return [{ id, process: new BrokerProcess(server), logs, clients, brokers: others }];
  });
  const stop = async (): Promise<void> => {
    for (const { clients, brokers: others } of brokers) for (const proxy of [clients, others]) proxy.close();
    // What is in their logs is thrown away: nothing needs to be shut down cleanly.
    await Promise.all(brokers.map(({ process }) => process.kill()));
    await rm(folder, { recursive: true });
  };
  try {
    await Promise.all(brokers.map(({ process }) => process.start()));
    await Promise.all(brokers.map(({ process }) => process.untilReady()));
  } catch (error) {
    await stop();
    throw error;
  }
  const proxied = brokers.map(({ clients }) => `127.0.0.1:${clients.port}`).join(',');
  return { direct: hostBootstrap(kafka), proxied, brokers, stop };
}

interface Doors {
  id: number;
  clients: Proxy;
  brokers: Proxy;
  /** Where the broker itself listens. */
  ports: Record<'host' | 'clients' | 'brokers' | 'controller', number>;
}

async function openDoors(id: number, onAcknowledged?: (batch: AcknowledgedBatch) => void): Promise<Doors> {
  const port = unusedPort;
  const ports = { host: await port(), clients: await port(), brokers: await port(), controller: await port() };
  const [clients, brokers] = [await Proxy.open(ports.clients, onAcknowledged), await Proxy.open(ports.brokers)];
  return { id, clients, brokers, ports };
}

function listenersOf(doors: Doors | undefined): Record<string, string> {
  if (doors === undefined) throw new Error('a broker without doors');
  const { ports, clients, brokers } = doors;
  const at = (port: number): string => `//127.0.0.1:${port}`;
  return {
    listeners: `HOST:${at(ports.host)},PODS:${at(ports.clients)},BROKERS:${at(ports.brokers)},CONTROLLER:${at(ports.controller)}`,
    'advertised.listeners': `HOST:${at(ports.host)},PODS:${at(clients.port)},BROKERS:${at(brokers.port)}`,
    'listener.security.protocol.map': 'HOST:PLAINTEXT,PODS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKERS',
  };
}
