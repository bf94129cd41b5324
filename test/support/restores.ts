import { KubeConfig } from '@kubernetes/client-node';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { kubectl } from '../../deploy/dev/kube/kubectl.ts';
import { recycleVolumes } from '../../deploy/dev/kube/volumes.ts';
import { readStack } from '../../deploy/dev/state.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { kinds, type KubeObject } from '../../src/kube/objects.ts';
import { restoreUidLabel } from '../../src/model/children.ts';
import { parseRestore, type Restore } from '../../src/model/resources/restore.ts';
import { eventually } from './eventually.ts';

/** Namespace of the end-to-end tests. */
export const namespace = 'rekindle-e2e';

/** Namespaces that the tests' operator serves; the demo's too, so that either can follow the other. */
export const servedNamespaces = [namespace, 'rekindle-demo'];

/** kubectl in the namespace of the tests. */
export const k = (...args: string[]): Promise<string> => kubectl(['-n', namespace, ...args]);

/** Whether an object of this name is there, in the tests' namespace. Looked for again and again: see {@link readRestore}. */
export const exists = async (kind: 'Restore' | 'Job' | 'PersistentVolumeClaim', name: string): Promise<boolean> =>
  (await clientOfStack().get<KubeObject>(kinds[kind], { namespace, name })) !== null;

export async function apply(...objects: object[]): Promise<void> {
  await kubectl(['-n', namespace, 'apply', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
}

export interface RestoreOptions {
  name: string;
  topics: readonly { source: string; target: string }[];
  /** Name of the Storage. */
  source: string;
  /** Default `kafka`. */
  sink?: string;
  enabled?: boolean;
  /** Default true. */
  createTopics?: boolean;
  guardTarget?: boolean;
  delivery?: 'Transactional' | 'Idempotent';
  maxBytesPerSecond?: number;
  annotations?: Record<string, string>;
  resources?: object;
  /** Name of the Credentials for the Storage; null for a volume. Default `aws`. */
  credentials?: string | null;
}

export function restoreObject(of: RestoreOptions): object {
  const { credentials = 'aws' } = of;
  return {
    apiVersion: 'rekindle.dev/v1alpha1',
    kind: 'Restore',
    metadata: { name: of.name, annotations: of.annotations ?? {} },
    spec: {
      source: of.source,
      sink: of.sink ?? 'kafka',
      ...(credentials === null ? {} : { sourceCredentialsFrom: { credentialsRef: { name: credentials } } }),
      enabled: of.enabled ?? true,
      ...(of.resources ? { resources: of.resources } : {}),
      config: {
        topics: of.topics,
        ...(of.createTopics === undefined ? {} : { createTopics: of.createTopics }),
        ...(of.guardTarget === undefined ? {} : { guardTarget: of.guardTarget }),
        ...(of.delivery === undefined ? {} : { delivery: of.delivery }),
        ...(of.maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond: of.maxBytesPerSecond }),
      },
    },
  };
}

/** Read often while a test waits, so not by kubectl: that takes a processor for a sixth of a second. */
export async function readRestore(name: string): Promise<Restore> {
  const restore = await clientOfStack().get(kinds.Restore, { namespace, name });
  assert.ok(restore, `the Restore ${name} is gone`);
  return parseRestore(restore);
}

/** Names of the Jobs that there are of a Restore at this moment. */
export async function jobsOf({ metadata: { uid } }: Restore): Promise<string[]> {
  const jobs = await clientOfStack().list(kinds.Job, { namespace, labelSelector: `${restoreUidLabel}=${uid}` });
  return jobs.map(({ metadata }) => metadata.name);
}

let kube: KubeClient | undefined;

function clientOfStack(): KubeClient {
  if (kube === undefined) {
    const config = new KubeConfig();
    config.loadFromFile(readStack('kubernetes').kubernetes.kubeconfig);
    kube = new KubeClient(config);
  }
  return kube;
}

/**
 * Waits for a Restore to be as wanted; fails with its status when it does not come to be so.
 * @param ms milliseconds, default 120,000: the machine may be busy
 */
export async function until(
  name: string,
  what: string,
  wanted: (restore: Restore) => boolean,
  ms = 120_000,
): Promise<Restore> {
  const deadline = Date.now() + ms;
  for (;;) {
    const restore = await readRestore(name);
    if (wanted(restore)) return restore;
    if (Date.now() > deadline) assert.fail(`${name} is not ${what}: ${JSON.stringify(restore.status, null, 1)}`);
    await sleep(300);
  }
}

export const untilDone = (name: string, ms?: number): Promise<Restore> =>
  until(name, 'Done', ({ status }) => status.phase === 'Done', ms);

/** Waits until this share of the records is acknowledged, as the status tells it. */
export const untilRestored = (name: string, share: number): Promise<Restore> =>
  until(name, `restored by ${share}`, ({ status: { progress } }) => {
    return (
      progress !== undefined &&
      progress.totalRecords > 0 &&
      progress.acknowledgedRecords >= progress.totalRecords * share
    );
  });

/** Waits for another attempt than this one to have taken the report. */
export const untilAttemptAfter = (name: string, attempt: number): Promise<Restore> =>
  until(name, `at an attempt after ${attempt}`, ({ status }) => {
    return (status.attempt ?? 0) > attempt && (status.phase === 'Restoring' || status.phase === 'Done');
  });

/** Waits until no pod of the Restore runs: one that has said good-bye is still to be ended by its kubelet. */
export async function untilPodsHaveLeft(name: string): Promise<void> {
  const labelSelector = `app.kubernetes.io/instance=${name}`;
  const running = { namespace, labelSelector, fieldSelector: 'status.phase=Running' };
  const haveLeft = async (): Promise<boolean> => (await clientOfStack().list(kinds.Pod, running)).length === 0;
  await eventually(`the pods of ${name} have left`, haveLeft, { everyMs: 300 });
}

export const jobOf = (restore: Restore): string => {
  const job = restore.metadata.labels['io.kannika/restore-job-name'];
  assert.ok(job, 'the Restore has no Job');
  return job;
};

export const reportClaimOf = (restore: Restore): string => {
  const claim = restore.metadata.labels['io.kannika/report-pvc-name'];
  assert.ok(claim, 'the Restore has no report');
  return claim;
};

/** The next attempt goes as fast as it can. */
export const accelerate = (name: string): Promise<string> =>
  k('patch', 'restore', name, '--type=merge', '-p', '{"spec":{"config":{"maxBytesPerSecond":null}}}');

/** What is left of a Restore goes; its volume is there for the next one. @param ms for servers that it needs to come back */
export async function forget(name: string, ms = 120_000): Promise<void> {
  await k('delete', 'restore', name, `--timeout=${ms / 1000}s`);
  await recycleVolumes();
}
