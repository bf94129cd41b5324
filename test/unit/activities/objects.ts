import type { KubeObject } from '../../../src/kube/objects.ts';
import { orderBasis } from '../../../src/model/order-basis.ts';
import { apiVersion } from '../../../src/model/resources/names.ts';
import { parseEventHub } from '../../../src/model/resources/event-hub.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { parseStorage } from '../../../src/model/resources/storage.ts';

/** A Restore, what it refers to, and its Job, as the API server holds them. */
export const ref = { namespace: 'n', name: 'r', uid: 'u' };
const object = (kind: string, spec: object, more: object = {}): KubeObject & { spec: object } => {
  const at = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 };
  return { apiVersion, kind, metadata: { ...ref, ...at }, spec, ...more };
};
export const restoreOf = (source: string, status: object = {}): KubeObject =>
  object('Restore', { source: 's', sink: 'k', config: { topics: [{ source, target: 't' }] } }, { status });
/** A Restore with a mapping to each of these topics, and of another name where one is given. */
export const restoreMapping = (targets: readonly string[], named: object = {}): KubeObject => {
  const topics = targets.map((target) => ({ source: 'right', target }));
  const restore = object('Restore', { source: 's', sink: 'k', config: { topics } });
  return { ...restore, metadata: { ...restore.metadata, ...named } };
};
export const storage = object('Storage', { s3: { bucket: 'archive' } });
export const eventHub = object('EventHub', { kafka: { properties: { 'bootstrap.servers': 'k' } } });
/** What an order is made from while the source is `right`. */
export const basis = orderBasis(parseRestore(restoreOf('right')), {
  ...{ storage: parseStorage(storage), eventHub: parseEventHub(eventHub), credentials: null },
});
export const job = (annotations: object, conditions: object[] = []): object => ({
  metadata: { ...ref, name: 'r-aaaaa', annotations, ownerReferences: [{ apiVersion, kind: 'Restore', ...ref }] },
  status: { conditions },
});
