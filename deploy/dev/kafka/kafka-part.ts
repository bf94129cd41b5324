import { join } from 'node:path';
import { cached, isCached } from '../cache.ts';
import { stateFolder } from '../folders.ts';
import { missingJava, missingMaven } from '../machine.ts';
import type { Part } from '../part.ts';
import { portFor } from '../ports.ts';
import { startServers } from '../servers.ts';
import { updateStack } from '../state.ts';
import { hostBootstrap, kafkaJars, kafkaServers, KAFKA_VERSION, toolsClasspath } from './kafka.ts';

/** One Kafka broker in KRaft mode. */
export const kafkaPart: Part = {
  name: 'kafka',
  title: `Kafka ${KAFKA_VERSION}`,
  variable: 'KAFKA_BOOTSTRAP_SERVERS',
  useExisting: (servers) => updateStack((stack) => (stack.kafka = { bootstrap: { host: servers, pods: servers } })),
  ownValue: async () => `127.0.0.1:${await portFor('kafka')}`,
  missing: async () => [
    ...(await missingJava()),
    ...(isCached(await kafkaJars(KAFKA_VERSION)) ? [] : await missingMaven()),
  ],
  install: async () => {
    await cached(await kafkaJars(KAFKA_VERSION));
  },
  start: async (bridge) => {
    const podsPort = await portFor('kafka-pods');
    const options = {
      name: 'kafka',
      version: KAFKA_VERSION,
      nodes: 1,
      folder: join(stateFolder, 'kafka'),
      ports: [await portFor('kafka'), podsPort, await portFor('kafka-controller')],
      heapMegabytes: 1024,
      ...(bridge === undefined ? {} : { podsHost: bridge.address }),
    };
    const servers = await kafkaServers(options);
    const host = hostBootstrap(options);
    const pods = bridge === undefined ? host : `${bridge.address}:${podsPort}`;
    const classpath = toolsClasspath(await cached(await kafkaJars(KAFKA_VERSION)));
    updateStack((stack) => (stack.kafka = { bootstrap: { host, pods }, classpath }));
    await startServers('kafka', servers);
  },
};
