import type { KubeClient } from '../kube/client.ts';
import { listWatch } from '../kube/list-watch.ts';
import { keyOf, kinds } from '../kube/objects.ts';
import type { CustomObject, Job, Kind, KubeObject, PersistentVolumeClaim, Pod } from '../kube/objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { Change } from '../kube/object-store.ts';
import { restoreUidLabel } from '../model/children.ts';
import type { Logger } from '../telemetry/log.ts';

export interface Listeners {
  /** Something about this Restore has changed, or it is time to look at it again. */
  readonly restore: (key: string) => void;
  readonly restoreGone: (restore: CustomObject) => void;
  readonly storage: (key: string) => void;
  readonly eventHub: (key: string) => void;
}

/** Everything that the operator watches, in the namespaces that it serves. What is here may be late. */
export class Cluster {
  readonly restores: Copies<CustomObject>;
  readonly storages: Copies<CustomObject>;
  readonly eventHubs: Copies<CustomObject>;
  readonly credentials: Copies<CustomObject>;
  readonly jobs: Copies<Job>;
  readonly pods: Copies<Pod>;
  readonly pvcs: Copies<PersistentVolumeClaim>;
  readonly #namespaces: readonly string[];
  readonly #tell: Listeners;

  constructor(kube: KubeClient, namespaces: readonly string[], logger: Logger, tell: Listeners) {
    this.#namespaces = namespaces;
    this.#tell = tell;
    const copies = <T extends KubeObject>(
      kind: Kind<T>,
      onChange: (change: Change<T>) => void,
      labelSelector?: string,
    ) =>
      new Copies(
        new Map(
          namespaces.map((namespace) => {
            const source = listWatch(kube, kind, {
              namespace,
              ...(labelSelector === undefined ? {} : { labelSelector }),
            });
            return [namespace, new Reflector({ source, logger, onChange })];
          }),
        ),
      );
    const ofRestore = ({ object, previous }: Change<KubeObject>): void => {
      const child = object ?? previous;
      const uid = child?.metadata.labels?.[restoreUidLabel];
      const restore = this.restores.in(child?.metadata.namespace).find(({ metadata }) => metadata.uid === uid);
      if (restore !== undefined) tell.restore(keyOf(restore.metadata));
    };
    const ofAll = ({ object, previous }: Change<KubeObject>): void => {
      const { namespace } = (object ?? previous)?.metadata ?? {};
      for (const { metadata } of this.restores.in(namespace)) tell.restore(keyOf(metadata));
    };
    this.restores = copies(kinds.Restore, ({ key, object, previous }) => {
      if (object === null && previous !== null) tell.restoreGone(previous);
      else tell.restore(key);
    });
    this.storages = copies(kinds.Storage, (change) => {
      tell.storage(change.key);
      ofAll(change);
    });
    this.eventHubs = copies(kinds.EventHub, (change) => {
      tell.eventHub(change.key);
      ofAll(change);
    });
    this.credentials = copies(kinds.Credentials, ofAll);
    this.jobs = copies(kinds.Job, ofRestore, restoreUidLabel);
    this.pods = copies(kinds.Pod, ofRestore, restoreUidLabel);
    this.pvcs = copies(kinds.PersistentVolumeClaim, ofRestore, restoreUidLabel);
  }

  /**
   * Begins to watch. All of a namespace is told once it has been listed: a namespace that cannot be listed, because it is
   * gone or nobody has given the permissions in it, keeps nobody else waiting.
   */
  start(): void {
    for (const copies of this.#all) copies.start();
    for (const namespace of this.#namespaces) void this.#tellOnceListed(namespace);
  }

  /** Whether everything in the namespace is known: before that, what is not here may just not have been heard of. */
  hasListed(namespace: string): boolean {
    return this.#all.every((copies) => copies.hasListed(namespace));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((copies) => copies.stop()));
  }

  async #tellOnceListed(namespace: string): Promise<void> {
    await Promise.all(this.#all.map((copies) => copies.whenListed(namespace)));
    for (const { metadata } of this.storages.in(namespace)) this.#tell.storage(keyOf(metadata));
    for (const { metadata } of this.eventHubs.in(namespace)) this.#tell.eventHub(keyOf(metadata));
    for (const { metadata } of this.restores.in(namespace)) this.#tell.restore(keyOf(metadata));
  }

  get #all(): readonly Pick<Copies<KubeObject>, 'start' | 'stop' | 'hasListed' | 'whenListed'>[] {
    const { restores, storages, eventHubs, credentials, jobs, pods, pvcs } = this;
    return [restores, storages, eventHubs, credentials, jobs, pods, pvcs];
  }
}

/** Copies of the objects of one kind, by namespace. */
export class Copies<T extends KubeObject> {
  readonly #reflectors: ReadonlyMap<string, Reflector<T>>;

  constructor(reflectors: ReadonlyMap<string, Reflector<T>>) {
    this.#reflectors = reflectors;
  }

  get(namespace: string, name: string): T | null {
    return this.#reflectors.get(namespace)?.get(keyOf({ namespace, name })) ?? null;
  }

  in(namespace: string | undefined): T[] {
    return this.#reflectors.get(namespace ?? '')?.list() ?? [];
  }

  start(): void {
    for (const reflector of this.#reflectors.values()) reflector.start();
  }

  hasListed(namespace: string): boolean {
    return this.#reflectors.get(namespace)?.hasSynced === true;
  }

  /** Never settles if that never comes. */
  async whenListed(namespace: string): Promise<void> {
    await this.#reflectors.get(namespace)?.whenSynced();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.stop()));
  }
}
