import { readStack } from '../../deploy/dev/state.ts';
import { KafkaCluster } from '../../src/kafka/cluster.ts';
import { createLogger } from '../../src/telemetry/log.ts';

/** The last version whose leaders append what is in a transaction without asking its coordinator (KIP-890). */
export const KAFKA_BEFORE_3_6 = '3.5.2';

/** The Kafka broker of the integration tests: `KAFKA_BOOTSTRAP_SERVERS`, else the local stack's. */
export function bootstrapServers(): string {
  return process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? readStack('kafka').kafka.bootstrap.host;
}

export async function connectToKafka(): Promise<KafkaCluster> {
  return KafkaCluster.connect({ 'bootstrap.servers': bootstrapServers() }, { logger: createLogger() });
}

/** A name that no other run of the tests has used. */
export function unusedName(prefix: string): string {
  return `${prefix}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 6)}`;
}
