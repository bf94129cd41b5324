import { RekindleError } from './reasons.ts';
import { orderBasis, type OrderBasis } from './order-basis.ts';
import type { RestoreOrder, StorageLocation } from './order.ts';
import type { SecretValue } from './resources/common.ts';
import type { Credentials } from './resources/credentials.ts';
import type { EventHub } from './resources/event-hub.ts';
import type { Restore } from './resources/restore.ts';
import type { Storage } from './resources/storage.ts';
import { refOf } from './state.ts';

/** How a Restore finds what it names, in its own namespace; null when there is no such object. */
export interface References {
  readonly storage: (name: string) => Storage | null;
  readonly eventHub: (name: string) => EventHub | null;
  readonly credentials: (name: string) => Credentials | null;
}

/** What a pod needs for this Restore. */
export interface Resolved {
  readonly order: RestoreOrder;
  /** What the order was made from, for the Job. */
  readonly basis: OrderBasis;
  /** Environment variables that come out of Secrets; only the pod ever sees their values. */
  readonly secrets: Readonly<Record<string, SecretValue['secretKeyRef']>>;
  /** The volume claim of the Storage, mounted read-only at `storageMountPath`; null for a bucket. */
  readonly storageClaim: string | null;
}

/** Where a volume Storage is mounted in the pod. */
export const storageMountPath = '/kannika/storage';

/**
 * Everything that a Restore refers to, brought together. Throws `InvalidConfiguration` with a sentence that names what is
 * missing or wrong; the parsers behind the references may throw it too.
 */
export function resolve(restore: Restore, references: References): Resolved {
  const { spec } = restore;
  if (spec.config.topics.length === 0) throw invalid('spec.config.topics: no topic mapping is defined.');
  const storage = found(references.storage(spec.source), `spec.source: there is no Storage ${spec.source}`, restore);
  const eventHub = found(references.eventHub(spec.sink), `spec.sink: there is no EventHub ${spec.sink}`, restore);
  const credentials = credentialsOf(restore, storage, references);
  const { maxBytesPerSecond, maxRecordsPerSecond, topics, createTopics, existingData, guardTarget, delivery, proof } =
    spec.config;
  return {
    order: {
      restore: refOf(restore),
      source: locationOf(storage),
      kafka: eventHub.spec.kafka.properties,
      topics,
      createTopics,
      existingData,
      guardTarget,
      delivery,
      proof,
      limits: {
        ...(maxBytesPerSecond === undefined ? {} : { bytesPerSecond: maxBytesPerSecond }),
        ...(maxRecordsPerSecond === undefined ? {} : { recordsPerSecond: maxRecordsPerSecond }),
      },
    },
    basis: orderBasis(restore, { storage, eventHub, credentials }),
    secrets: credentials === null ? {} : secretsOf(credentials),
    storageClaim: storage.spec.volume === undefined ? null : storageClaimName(storage.metadata.name),
  };
}

/** The volume claim that a volume Storage makes carries its name. */
export function storageClaimName(storageName: string): string {
  return storageName;
}

/** Where the archive is, for the status of the Storage. */
export function describeLocation(storage: Storage): string {
  const { s3 } = storage.spec;
  return s3 === undefined
    ? storageClaimName(storage.metadata.name)
    : `s3://${[s3.bucket, s3.prefix].filter(Boolean).join('/')}`;
}

function locationOf({ spec }: Storage): StorageLocation {
  const { s3 } = spec;
  if (s3 === undefined) return { kind: 'file', path: storageMountPath };
  return {
    kind: 's3',
    bucket: s3.bucket,
    prefix: s3.prefix.replace(/^\/+|\/+$/g, ''),
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: s3.forcePathStyle,
  };
}

function credentialsOf(restore: Restore, storage: Storage, references: References): Credentials | null {
  const ref = restore.spec.sourceCredentialsFrom?.credentialsRef;
  if (ref === undefined) return null;
  // One that has started may have had them from the beginning: they are without effect, and cannot be taken away.
  if (storage.spec.volume !== undefined && restore.status.startTime === undefined) {
    throw invalid(
      `spec.sourceCredentialsFrom: Storage ${storage.metadata.name} is a volume, for which credentials have no effect. Leave them out.`,
    );
  }
  return found(
    references.credentials(ref.name),
    `spec.sourceCredentialsFrom.credentialsRef.name: there are no Credentials ${ref.name}`,
    restore,
  );
}

function secretsOf({ metadata, spec: { aws } }: Credentials): Resolved['secrets'] {
  if (aws === undefined) throw invalid(`Credentials ${metadata.name}: spec.aws must be given.`);
  return {
    AWS_ACCESS_KEY_ID: aws.accessKeyIdFrom.secretKeyRef,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKeyFrom.secretKeyRef,
  };
}

function found<T>(object: T | null, sentence: string, restore: Restore): T {
  if (object === null) throw invalid(`${sentence} in namespace ${restore.metadata.namespace}.`);
  return object;
}

function invalid(sentence: string): RekindleError {
  return new RekindleError('InvalidConfiguration', sentence);
}
