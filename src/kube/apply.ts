import type { KubeClient } from './client.ts';
import { KubeConflict } from './errors.ts';
import type { CustomObject, Kind, KubeObject, ObjectRef } from './objects.ts';

export interface StatusWrite {
  /** Owner of the fields; those that it wrote before and does not write now are removed. */
  readonly fieldManager: string;
  /** The version on which the decision was made; KubeConflict if it is no longer that. Default: any. */
  readonly resourceVersion?: string;
}

/** How often a write is tried again when others change the object at the same time. */
const maxTries = 5;

/**
 * Server-side apply of a status to exactly this object; null if it is not there any more. The API server takes no uid for
 * a precondition here, so the write is tied to the version that the uid was read from.
 */
export async function applyStatus(
  client: KubeClient,
  kind: Kind<CustomObject>,
  ref: Required<ObjectRef>,
  status: object,
  { fieldManager, resourceVersion }: StatusWrite,
): Promise<CustomObject | null> {
  const { namespace, name } = ref;
  for (let tries = 1; ; tries += 1) {
    const object = await client.get(kind, ref);
    if (object === null) return null;
    const metadata = { namespace, name, resourceVersion: resourceVersion ?? object.metadata.resourceVersion };
    const draft = { apiVersion: kind.apiVersion, kind: kind.kind, metadata, status };
    try {
      return await client.apply(kind, draft, { fieldManager, subresource: 'status' });
    } catch (error) {
      if (!(error instanceof KubeConflict) || resourceVersion !== undefined || tries === maxTries) throw error;
    }
  }
}

/** Puts the finalizer on the object; null if the object is not there (any more). An object being deleted takes none. */
export async function addFinalizer<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  ref: ObjectRef,
  finalizer: string,
): Promise<T | null> {
  return editFinalizers(client, kind, ref, ({ deletionTimestamp, finalizers = [] }) =>
    deletionTimestamp !== undefined || finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer],
  );
}

/** Takes the finalizer away; null if the object is not there (any more). */
export async function removeFinalizer<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  ref: ObjectRef,
  finalizer: string,
): Promise<T | null> {
  return editFinalizers(client, kind, ref, ({ finalizers = [] }) => finalizers.filter((other) => other !== finalizer));
}

async function editFinalizers<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  ref: ObjectRef,
  edit: (metadata: T['metadata']) => string[],
): Promise<T | null> {
  for (let tries = 1; ; tries += 1) {
    const object = await client.get(kind, ref);
    if (object === null) return null;
    const { uid, resourceVersion, finalizers = [] } = object.metadata;
    const wanted = edit(object.metadata);
    if (wanted.length === finalizers.length) return object;
    try {
      // The list is written whole, so only over the version that it was read from: other finalizers stay.
      return await client.mergePatch(kind, { ...ref, uid }, { metadata: { finalizers: wanted, resourceVersion } });
    } catch (error) {
      if (!(error instanceof KubeConflict) || tries === maxTries) throw error;
    }
  }
}
