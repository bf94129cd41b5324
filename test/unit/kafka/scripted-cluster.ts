import { after } from 'node:test';
import { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import type { ScriptedBroker } from './scripted-broker.ts';

/** A connection to the one broker of a cluster; both go when the test is over. */
export async function connectTo(broker: ScriptedBroker): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.connect(
    { 'bootstrap.servers': `127.0.0.1:${broker.port}` },
    { logger: createLogger() },
  );
  after(async () => {
    await cluster.close();
    broker.stop();
  });
  return cluster;
}
