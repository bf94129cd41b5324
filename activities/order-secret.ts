import type { Draft, Job, Secret } from '../src/kube/objects.ts';
import { attemptLabel, restoreUidLabel } from '../src/model/children.ts';
import type { RestoreOrder } from '../src/model/order.ts';
import { randomId } from '../src/model/resources/names.ts';

/** Where the pod finds its order. */
export const orderVolume = 'order';
export const orderMountPath = '/etc/rekindle';
export const orderFile = 'order.json';

/**
 * Name of the Secret with the order of a Job that is to be made: another one for each Job, even for two of the same name, so
 * that it is never one which is about to go with the Job before.
 */
export function newOrderName(jobName: string, random: Uint8Array): string {
  return `${jobName}-order-${randomId(random)}`;
}

/**
 * The order for the pod of this very Job, fixed for the attempt; null if the Job takes none from a Secret. It may hold keys
 * of Kafka, so it is a Secret, which the operator can only create: it goes with its Job.
 */
export function orderSecret({ metadata, spec }: Job, order: RestoreOrder): Draft<Secret> | null {
  const volume = spec?.template.spec?.volumes?.find(({ name }) => name === orderVolume);
  const name = volume?.secret?.secretName;
  if (name === undefined) return null;
  const { name: job, namespace, uid, labels } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        [restoreUidLabel]: labels?.[restoreUidLabel] ?? '',
        [attemptLabel]: labels?.[attemptLabel] ?? '',
      },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job, uid }],
    },
    immutable: true,
    stringData: { [orderFile]: JSON.stringify(order) },
  };
}
