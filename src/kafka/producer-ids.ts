import type { KafkaCluster } from './cluster.ts';
import { throwOnError } from './errors.ts';
import { retryTransient } from './retry.ts';
import { initProducerId } from './transaction-requests.ts';

/** Without transactions nothing ever times out; brokers want to be told a time all the same. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * A producer id that no other producer of the cluster has or will have.
 * @throws {RekindleError} `KafkaUnreachable`; `NotAuthorized` for whoever may write to no topic
 */
export async function newProducerId(cluster: KafkaCluster): Promise<number> {
  return retryTransient('InitProducerId', async () => {
    const { errorCode, producerId } = await cluster.request('any', initProducerId(null, NO_TIMEOUT_MS));
    throwOnError('InitProducerId', errorCode, 'a producer without transactions');
    return producerId;
  });
}
