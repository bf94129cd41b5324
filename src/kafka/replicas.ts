import { RekindleError } from '../model/reasons.ts';

/**
 * What goes on only with more replicas in sync, with what a person can do for that.
 * @param what stands still and how that shows, in whole sentences
 */
export const waitingForReplicas = (what: string, options?: ErrorOptions): RekindleError =>
  new RekindleError(
    'WaitingForReplicas',
    `${what} The restore goes on once the topic's in-sync replicas have caught up: see that enough brokers for min.insync.replicas are up, and that it is not more than the topic has replicas.`,
    options,
  );
