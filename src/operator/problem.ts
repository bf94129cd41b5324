import { RekindleError } from '../model/reasons.ts';
import { parseCredentials } from '../model/resources/credentials.ts';
import { parseEventHub } from '../model/resources/event-hub.ts';
import type { Restore } from '../model/resources/restore.ts';
import { parseStorage } from '../model/resources/storage.ts';
import { resolve } from '../model/resolve.ts';
import type { Cluster } from './cluster.ts';

/** What is wrong with what the Restore refers to, in one sentence; null when a Job could be made. */
export function problemOf(restore: Restore, cluster: Cluster): string | null {
  const { namespace } = restore.metadata;
  const parsed = <T>(object: object | null, parse: (object: unknown) => T): T | null =>
    object === null ? null : parse(object);
  try {
    resolve(restore, {
      storage: (name) => parsed(cluster.storages.get(namespace, name), parseStorage),
      eventHub: (name) => parsed(cluster.eventHubs.get(namespace, name), parseEventHub),
      credentials: (name) => parsed(cluster.credentials.get(namespace, name), parseCredentials),
    });
    return null;
  } catch (error) {
    if (error instanceof RekindleError) return error.message;
    throw error;
  }
}
