import type {
  EventsV1Event,
  V1ConfigMap,
  V1Job,
  V1Lease,
  V1Namespace,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Secret,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { apiVersion } from '../model/resources/names.ts';
import type { OwnerReference } from '../model/resources/common.ts';
import type { Restore } from '../model/resources/restore.ts';

/** A type of the generated client as its JSON really is: dates are strings. */
export type Plain<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

/** Metadata that the API server has filled in. */
export interface Metadata {
  name: string;
  /** Absent for objects of the whole cluster. */
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

/** Any object as it is stored. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

type Stored<T> = Omit<Plain<T>, keyof KubeObject> & KubeObject;

export type Job = Stored<V1Job>;
export type Pod = Stored<V1Pod>;
export type PersistentVolumeClaim = Stored<V1PersistentVolumeClaim>;
export type ConfigMap = Stored<V1ConfigMap>;
export type Secret = Stored<V1Secret>;
export type Lease = Stored<V1Lease>;
export type Event = Stored<EventsV1Event>;
export type Namespace = Stored<V1Namespace>;

/** One of our own kinds before it was parsed (`parseRestore` and its like), so that a wrong one can be spoken about. */
export interface CustomObject extends KubeObject {
  spec?: unknown;
  status?: unknown;
}

/** An object to create or to apply: its metadata is what the caller decides. */
export type Draft<T extends KubeObject> = Omit<T, 'metadata'> & {
  metadata: Partial<Metadata> & Pick<Metadata, 'name'>;
};

/** Where the objects of a kind are found in the API. */
export interface Kind<T extends KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** The object out of the server's JSON. Throws a `TypeError` for what is no object of this kind. */
  readonly parse: (json: unknown) => T;
}

const envelope = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string(), resourceVersion: z.string() }),
});

function kind<T extends KubeObject>(apiVersion: string, name: string, plural: string, namespaced = true): Kind<T> {
  const parse = (json: unknown): T => {
    const result = envelope.safeParse(json);
    if (!result.success)
      throw new TypeError(`The API server sent something that is no ${name}: ${result.error.message}`);
    // Who wrote which field: half of an object's size, and nobody here asks.
    delete result.data.metadata['managedFields'];
    // The edge: the API server validates against the schema that these types were generated from. Items of a list lack
    // their own apiVersion and kind.
    return { ...result.data, apiVersion, kind: name } as unknown as T;
  };
  return { apiVersion, kind: name, plural, namespaced, parse };
}

/** Every kind that this project reads or writes. */
export const kinds = {
  Restore: kind<CustomObject>(apiVersion, 'Restore', 'restores'),
  Storage: kind<CustomObject>(apiVersion, 'Storage', 'storages'),
  EventHub: kind<CustomObject>(apiVersion, 'EventHub', 'eventhubs'),
  Credentials: kind<CustomObject>(apiVersion, 'Credentials', 'credentials'),
  Job: kind<Job>('batch/v1', 'Job', 'jobs'),
  Pod: kind<Pod>('v1', 'Pod', 'pods'),
  PersistentVolumeClaim: kind<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  ConfigMap: kind<ConfigMap>('v1', 'ConfigMap', 'configmaps'),
  Secret: kind<Secret>('v1', 'Secret', 'secrets'),
  Lease: kind<Lease>('coordination.k8s.io/v1', 'Lease', 'leases'),
  Event: kind<Event>('events.k8s.io/v1', 'Event', 'events'),
  Namespace: kind<Namespace>('v1', 'Namespace', 'namespaces', false),
} as const;

/** An object by its place; `uid` where only this very incarnation is meant. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

/** Key of an object in stores and queues: `namespace/name`, or `name` for objects of the whole cluster. */
export function keyOf(object: { readonly namespace?: string | undefined; readonly name: string }): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
}

/** A Restore as it is spoken about: as the owner of its children, and in events. */
export function asObject({ apiVersion, kind, metadata }: Restore): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, creationTimestamp } };
}

/** An owner reference that makes the garbage collector delete the child with its owner. */
export function ownedBy(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}
