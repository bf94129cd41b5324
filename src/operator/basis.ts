import type { OrderBasis } from '../model/order-basis.ts';
import { RekindleError } from '../model/reasons.ts';
import { parseCredentials } from '../model/resources/credentials.ts';
import { parseEventHub } from '../model/resources/event-hub.ts';
import type { Restore } from '../model/resources/restore.ts';
import { parseStorage } from '../model/resources/storage.ts';
import { resolve } from '../model/resolve.ts';
import type { Cluster } from './cluster.ts';

/** What a Job would be made from; or what is wrong with what the Restore refers to, in one sentence. */
export function basisOf(
  restore: Restore,
  cluster: Cluster,
): { readonly basis: OrderBasis; readonly problem: null } | { readonly basis: null; readonly problem: string } {
  const { namespace } = restore.metadata;
  const parsed = <T>(object: object | null, parse: (object: unknown) => T): T | null =>
    object === null ? null : parse(object);
  try {
    const { basis } = resolve(restore, {
      storage: (name) => parsed(cluster.storages.get(namespace, name), parseStorage),
      eventHub: (name) => parsed(cluster.eventHubs.get(namespace, name), parseEventHub),
      credentials: (name) => parsed(cluster.credentials.get(namespace, name), parseCredentials),
    });
    return { basis, problem: null };
  } catch (error) {
    if (error instanceof RekindleError) return { basis: null, problem: error.message };
    throw error;
  }
}
