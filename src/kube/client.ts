import { KubeConfig } from '@kubernetes/client-node';
import { KubeError, isNotFound } from './errors.ts';
import { listPage } from './list-watch.ts';
import type { Draft, Kind, KubeObject, ObjectRef } from './objects.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { Selection } from './paths.ts';
import { Transport } from './transport.ts';
import type { Call } from './transport.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ApplyOptions extends CallOptions {
  /** Who owns the fields that are sent; those that it owned before and does not send now are removed. */
  readonly fieldManager: string;
  readonly subresource?: 'status';
}

/**
 * The API server, one method per verb. Every method throws KubeError (the server's refusal), KubeConflict (409),
 * KubeUnreachable (no answer) or the reason of its signal; what is not there is `null` or `false`, not an error.
 */
export class KubeClient {
  readonly transport: Transport;

  constructor(config: KubeConfig) {
    this.transport = new Transport(config);
  }

  /** By `KUBECONFIG`, `~/.kube/config` or the pod's ServiceAccount, whichever is there first. */
  static fromDefault(): KubeClient {
    const config = new KubeConfig();
    config.loadFromDefault();
    return new KubeClient(config);
  }

  /** The object, or null if it is not there or has another uid than the one asked for. */
  async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef, options: CallOptions = {}): Promise<T | null> {
    const object = await this.#orNull(kind, { method: 'GET', path: objectPath(kind, ref), ...options });
    return object === null || isOther(object, ref) ? null : object;
  }

  /** All objects of the selection, page after page. */
  async list<T extends KubeObject>(kind: Kind<T>, selection: Selection, options: CallOptions = {}): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined;
    do {
      const page = await listPage(this.transport, kind, selection, { limit: 500, continue: next }, options.signal);
      items.push(...page.items);
      next = page.continue;
    } while (next !== undefined);
    return items;
  }

  /** Creates the object; unknown fields are refused. Throws KubeConflict (`AlreadyExists`) when the name is taken. */
  async create<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>, options: CallOptions = {}): Promise<T> {
    const path = collectionPath(kind, draft.metadata.namespace);
    const query = { fieldValidation: 'Strict' };
    return kind.parse(
      await this.transport.json({ method: 'POST', path, query, body: identified(kind, draft), ...options }),
    );
  }

  /** Writes the whole object over the version that it was read as. Throws KubeConflict when that was changed since. */
  async replace<T extends KubeObject>(kind: Kind<T>, object: T, options: CallOptions = {}): Promise<T> {
    const path = objectPath(kind, object.metadata);
    return kind.parse(await this.transport.json({ method: 'PUT', path, body: identified(kind, object), ...options }));
  }

  /**
   * Changes the fields of the patch (RFC 7386: null removes, lists are replaced). Null if the object is not there or has
   * another uid than the one asked for. A `metadata.resourceVersion` in the patch is a precondition (KubeConflict).
   */
  async mergePatch<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: { readonly metadata?: Readonly<Record<string, unknown>>; readonly [field: string]: unknown },
    options: CallOptions = {},
  ): Promise<T | null> {
    const body = ref.uid === undefined ? patch : { ...patch, metadata: { ...patch.metadata, uid: ref.uid } };
    const path = objectPath(kind, ref);
    const contentType = 'application/merge-patch+json';
    return this.#ifSame(kind, ref, () => this.#orNull(kind, { method: 'PATCH', path, contentType, body, ...options }));
  }

  /**
   * Server-side apply with force: the manager takes the fields that it sends. `metadata.resourceVersion` is a precondition
   * (KubeConflict). Null only for the status of an object that is not there. For a status use `applyStatus`, because the
   * API server does not look at a uid there.
   */
  async apply<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>, options: ApplyOptions): Promise<T | null> {
    const { fieldManager, subresource, ...rest } = options;
    return this.#orNull(kind, {
      method: 'PATCH',
      path: objectPath(kind, draft.metadata, subresource),
      query: { fieldManager, force: true, fieldValidation: 'Strict' },
      contentType: 'application/apply-patch+yaml',
      body: identified(kind, draft),
      ...rest,
    });
  }

  /**
   * Deletes the object and, in the background, what it owns. False if it is not there or has another uid than the one
   * asked for. With finalizers it stays for a while, with a `deletionTimestamp`. A `resourceVersion` is a precondition
   * (KubeConflict).
   */
  async delete<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    options: CallOptions & {
      readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
      readonly resourceVersion?: string;
    } = {},
  ): Promise<boolean> {
    const { propagation = 'Background', resourceVersion, ...rest } = options;
    // Said always: for Jobs the server's own default would leave the pods behind.
    const body = {
      propagationPolicy: propagation,
      ...(ref.uid === undefined && resourceVersion === undefined
        ? {}
        : { preconditions: { uid: ref.uid, resourceVersion } }),
    };
    const call: Call = { method: 'DELETE', path: objectPath(kind, ref), body, ...rest };
    const answer = await this.#ifSame(kind, ref, async () => {
      try {
        return await this.transport.json(call);
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    });
    return answer !== null;
  }

  async #orNull<T extends KubeObject>(kind: Kind<T>, call: Call): Promise<T | null> {
    try {
      return kind.parse(await this.transport.json(call));
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  /** The result of a write that has a uid for a precondition; null if it was refused because of that. */
  async #ifSame<T extends KubeObject, R>(kind: Kind<T>, ref: ObjectRef, write: () => Promise<R>): Promise<R | null> {
    try {
      return await write();
    } catch (error) {
      // Deletions are refused as a conflict then, changes as an attempt to change the uid.
      const mayBeAnother = error instanceof KubeError && (error.code === 409 || error.code === 422);
      if (!mayBeAnother || ref.uid === undefined) throw error;
      if ((await this.get(kind, ref)) === null) return null;
      throw error;
    }
  }
}

function isOther(object: KubeObject, ref: ObjectRef): boolean {
  return ref.uid !== undefined && ref.uid !== object.metadata.uid;
}

function identified<T extends KubeObject>(kind: Kind<T>, object: Draft<T>): object {
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
}
