import { KubeConflict } from '../../../src/kube/errors.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { Kind, KubeObject, ObjectRef } from '../../../src/kube/objects.ts';
import type { Selection } from '../../../src/kube/paths.ts';

interface Stored {
  readonly kind: string;
  readonly metadata: Record<string, unknown> & { readonly name: string; readonly labels?: Record<string, string> };
}

/** An API server that keeps objects by kind and name, each with the version of its last write. */
export class StoredObjects {
  readonly #objects = new Map<string, Stored>();
  /** What was asked of it, in order: verb, kind, name. */
  readonly calls: string[] = [];
  /** Called before each of them is answered. */
  before: (call: string) => Promise<void> | void = () => undefined;
  #version = 0;

  put(object: object): void {
    const stored = object as Stored;
    this.#version += 1;
    const at = { uid: `uid-${this.#version}`, ...stored.metadata, resourceVersion: `${this.#version}` };
    this.#objects.set(`${stored.kind} ${stored.metadata.name}`, { ...stored, metadata: at });
  }

  remove(kind: string, name: string): void {
    this.#objects.delete(`${kind} ${name}`);
  }

  all(kind: string): Stored[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  /** As much of a client as the activities use. */
  get kube(): KubeClient {
    const client = {
      get: async ({ kind }: Kind<KubeObject>, ref: ObjectRef) => {
        const found = await this.#asked('get', kind, ref.name);
        return ref.uid === undefined || found?.metadata['uid'] === ref.uid ? found : null;
      },
      list: async ({ kind }: Kind<KubeObject>, { labelSelector = '' }: Selection) => {
        await this.#asked('list', kind, '');
        const wanted = kind === 'ConfigMap' ? labelSelector.split(',').map((label) => label.split('=')) : [];
        return this.all(kind).filter(({ metadata: { labels } }) =>
          wanted.every(([name = '', value]) => new Map(Object.entries(labels ?? {})).get(name) === value),
        );
      },
      create: async ({ kind }: Kind<KubeObject>, draft: Stored) => {
        if ((await this.#asked('create', kind, draft.metadata.name)) !== null) throw conflict('AlreadyExists');
        return this.#write(kind, draft);
      },
      replace: async ({ kind }: Kind<KubeObject>, object: Stored) => {
        const { name, resourceVersion } = object.metadata;
        if ((await this.#asked('replace', kind, name))?.metadata['resourceVersion'] !== resourceVersion)
          throw conflict();
        return this.#write(kind, object);
      },
      apply: async ({ kind }: Kind<KubeObject>, draft: Stored) => {
        const { name, resourceVersion } = draft.metadata;
        const found = await this.#asked('apply', kind, name);
        if (found?.metadata['resourceVersion'] !== resourceVersion) throw conflict();
        return this.#write(kind, { ...found, ...draft, metadata: { ...found?.metadata, ...draft.metadata } });
      },
      delete: async ({ kind }: Kind<KubeObject>, { name }: ObjectRef, of: { resourceVersion?: string } = {}) => {
        const found = await this.#asked('delete', kind, name);
        const { resourceVersion = found?.metadata['resourceVersion'] } = of;
        if (found?.metadata['resourceVersion'] !== resourceVersion) throw conflict();
        this.remove(kind, name);
        return found !== null;
      },
    };
    return client as unknown as KubeClient;
  }

  async #asked(verb: string, kind: string, name: string): Promise<Stored | null> {
    this.calls.push(`${verb} ${kind} ${name}`);
    await this.before(`${verb} ${kind} ${name}`);
    return this.#objects.get(`${kind} ${name}`) ?? null;
  }

  #write(kind: string, object: Stored): Stored | undefined {
    this.put({ ...object, kind });
    return this.#objects.get(`${kind} ${object.metadata.name}`);
  }
}

function conflict(reason = 'Conflict'): KubeConflict {
  return new KubeConflict(reason, 'somebody was first');
}
