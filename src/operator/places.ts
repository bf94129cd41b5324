import { z } from 'zod';
import { applyStatus } from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeConflict, isRefusal } from '../kube/errors.ts';
import { kinds } from '../kube/objects.ts';
import type { CustomObject, Kind } from '../kube/objects.ts';
import { setCondition } from '../model/conditions.ts';
import { canonical } from '../model/hash.ts';
import { parseEventHub } from '../model/resources/event-hub.ts';
import { conditions as conditionList } from '../model/resources/common.ts';
import { parseStorage } from '../model/resources/storage.ts';
import type { Storage } from '../model/resources/storage.ts';
import { describeLocation, storageClaimName } from '../model/resolve.ts';
import type { Cluster } from './cluster.ts';
import { understood } from './understood.ts';

/** Field manager of what the operator itself says about Storages and EventHubs. */
const fieldManager = 'operator';

/** Label on the volume claim of a Storage: name of that Storage. */
const storageLabel = 'rekindle.dev/storage';

const placeStatus = z.object({ conditions: conditionList.default([]) });

interface Said {
  readonly message: string;
  readonly location?: string;
  readonly type?: string;
}

/** Where archives are, and where they are restored to: Storages and EventHubs, and what their status says. */
export class Places {
  readonly #kube: KubeClient;
  readonly #cluster: Cluster;

  readonly #lookAgain: (storage: string) => void;

  /** @param lookAgain asks for another look at this Storage, later */
  constructor(kube: KubeClient, cluster: Cluster, lookAgain: (storage: string) => void) {
    this.#kube = kube;
    this.#cluster = cluster;
    this.#lookAgain = lookAgain;
  }

  /** A volume Storage has a volume claim of its name. It outlives the Storage: an archive is never deleted by the way. */
  async lookAtStorage(namespace: string, name: string): Promise<void> {
    const object = this.#cluster.storages.get(namespace, name);
    if (object === null || object.metadata.deletionTimestamp !== undefined) return;
    const storage = understood(object, parseStorage);
    if (typeof storage === 'string') {
      await this.#say(kinds.Storage, object, { message: storage }, false);
      return;
    }
    const refused = await this.#ensureClaim(storage);
    const location = describeLocation(storage);
    await this.#say(kinds.Storage, object, { message: refused ?? 'Ready', location }, refused === null);
    if (refused !== null) this.#lookAgain(`${namespace}/${name}`);
  }

  async lookAtEventHub(namespace: string, name: string): Promise<void> {
    const object = this.#cluster.eventHubs.get(namespace, name);
    if (object === null || object.metadata.deletionTimestamp !== undefined) return;
    const eventHub = understood(object, parseEventHub);
    if (typeof eventHub === 'string') {
      await this.#say(kinds.EventHub, object, { message: eventHub }, false);
      return;
    }
    const { properties } = eventHub.spec.kafka;
    const location = properties['bootstrap.servers'] ?? properties['metadata.broker.list'] ?? '';
    await this.#say(kinds.EventHub, object, { message: 'Ready', type: 'Kafka', location }, true);
  }

  /** Why the volume claim cannot be made, in a sentence; null if it is there, or none is needed. */
  async #ensureClaim({ metadata, spec }: Storage): Promise<string | null> {
    const { namespace } = metadata;
    const name = storageClaimName(metadata.name);
    if (spec.volume === undefined) return null;
    if ((await this.#kube.get(kinds.PersistentVolumeClaim, { namespace, name })) !== null) return null;
    const { capacity, storageClass, labels, annotations } = spec.volume;
    try {
      await this.#kube.create(kinds.PersistentVolumeClaim, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          namespace,
          name,
          labels: { ...labels, 'app.kubernetes.io/managed-by': 'rekindle', [storageLabel]: metadata.name },
          ...(annotations === undefined ? {} : { annotations }),
        },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: String(capacity) } },
          ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
        },
      });
    } catch (error) {
      if (isRefusal(error)) return `The API server does not take the volume claim ${name}: ${error.message}`;
      if (!(error instanceof KubeConflict)) throw error;
    }
    return null;
  }

  async #say(
    kind: Kind<CustomObject>,
    { metadata, status }: Pick<CustomObject, 'metadata' | 'status'>,
    said: Said,
    isReady: boolean,
  ): Promise<void> {
    const before = placeStatus.safeParse(status).data?.conditions ?? [];
    const conditions = setCondition(
      before,
      {
        type: 'Ready',
        status: isReady ? 'True' : 'False',
        reason: isReady ? 'Ready' : 'InvalidConfiguration',
        message: said.message,
        observedGeneration: metadata.generation ?? 0,
      },
      new Date().toISOString(),
    );
    const wanted = { ...said, conditions };
    if (canonical(wanted) === canonical(status)) return;
    const { name, uid, namespace = '' } = metadata;
    await applyStatus(this.#kube, kind, { namespace, name, uid }, wanted, { fieldManager });
  }
}
