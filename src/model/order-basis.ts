import type { JobObject } from './children.ts';
import { hashOf } from './hash.ts';
import type { Credentials } from './resources/credentials.ts';
import type { EventHub } from './resources/event-hub.ts';
import type { Restore } from './resources/restore.ts';
import type { Storage } from './resources/storage.ts';

/** Annotation on a Job: which Storage, EventHub and Credentials its order was made from. */
const placesAnnotation = 'rekindle.dev/order-places';
/** Annotation on a Job: what its order says of all that is fixed once the Restore has started. */
const mappingAnnotation = 'rekindle.dev/order-mapping';

/** What an order is made from, in the annotations of its Job. What may differ between two attempts is not in it. */
export type OrderBasis = Readonly<Record<typeof placesAnnotation | typeof mappingAnnotation, string>>;

/** Versions stand in for the contents: passwords are among those. */
export function orderBasis(
  { spec }: Restore,
  places: { readonly storage: Storage; readonly eventHub: EventHub; readonly credentials: Credentials | null },
): OrderBasis {
  const { topics, existingData, guardTarget, delivery } = spec.config;
  const versionOf = ({ metadata: { uid, generation } }: Pick<Restore, 'metadata'>): string => `${uid}/${generation}`;
  const { storage, eventHub, credentials } = places;
  return {
    [placesAnnotation]: hashOf([storage, eventHub, ...(credentials === null ? [] : [credentials])].map(versionOf)),
    [mappingAnnotation]: hashOf({ topics, existingData, guardTarget, delivery }),
  };
}

/**
 * Whether the order of a Job is another one than would be made now. Once the Restore has started only its places can be, for
 * topics that are added belong to the next attempt. A Job of an earlier version says nothing of its order.
 */
export function isOutdated({ metadata }: JobObject, basis: OrderBasis, hasStarted: boolean): boolean {
  const differs = (annotation: keyof OrderBasis): boolean => {
    const its = metadata.annotations?.[annotation];
    return its !== undefined && its !== basis[annotation];
  };
  return differs(placesAnnotation) || (!hasStarted && differs(mappingAnnotation));
}
