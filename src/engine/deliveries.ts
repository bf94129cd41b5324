import type { KafkaCluster } from '../kafka/cluster.ts';
import { TransactionCoordinator } from '../kafka/transactions.ts';
import type { Report } from '../model/report.ts';
import type { Delivery } from './delivery.ts';
import { IdempotentDelivery, ProducerNumbers } from './idempotent-delivery.ts';
import { TransactionalDelivery } from './transactional-delivery.ts';

/**
 * The delivery of this report's restore, for each connection to the cluster that is made.
 * @param transactionTimeoutMs of one that is transactional
 */
export function deliveryOf(report: Report, transactionTimeoutMs?: number): (cluster: KafkaCluster) => Delivery {
  if (report.delivery === 'Transactional') {
    const { transactionalId } = report;
    return (cluster) =>
      new TransactionalDelivery(new TransactionCoordinator(cluster, transactionalId), transactionTimeoutMs);
  }
  // Numbers that were given out stay so when the connection is lost; those of one cluster mean nothing in another.
  const numbers = new Map<string, ProducerNumbers>();
  return (cluster) => {
    const { clusterId } = cluster;
    const known =
      numbers.get(clusterId) ?? new ProducerNumbers(report.clusterId === clusterId ? report.producer : null);
    numbers.set(clusterId, known);
    return new IdempotentDelivery(cluster, report.transactionalId, known);
  };
}
