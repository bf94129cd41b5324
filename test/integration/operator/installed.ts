import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifests } from '../../../deploy/crds/manifests.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { CustomObject, Draft } from '../../../src/kube/objects.ts';
import { apiVersion } from '../../../src/model/resources/names.ts';
import { ApiServer } from '../../support/api-server.ts';
import { eventually } from '../../support/eventually.ts';

const deployed = join(import.meta.dirname, '../../../deploy/manifests');

/** An API server with the CRDs and the operator's permissions as a person applies them, in each of these namespaces. */
export async function installed(...namespaces: readonly string[]): Promise<ApiServer> {
  const api = await ApiServer.start();
  const apply = async (manifest: string, ...args: string[]): Promise<void> => {
    const applied = await api.kubectl([...args, 'apply', '-f', '-'], manifest);
    assert.ok(applied.ok, applied.stderr);
  };
  await apply([...manifests()].map(([, manifest]) => manifest).join('---\n'));
  await apply(await readFile(join(deployed, 'namespace.yaml'), 'utf8'));
  await apply(await readFile(join(deployed, 'operator.yaml'), 'utf8'));
  const served = await readFile(join(deployed, 'served-namespace.yaml'), 'utf8');
  for (const namespace of namespaces) {
    await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
    await apply(served, '-n', namespace);
  }
  assert.ok((await api.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])).ok);
  return api;
}

/** What a Restore of `orders` to `orders` refers to: the Storage `archive` and the EventHub `cluster`. */
export async function createPlaces(api: ApiServer, namespace: string): Promise<void> {
  const draft = (kind: string, name: string, spec: object): object => ({
    apiVersion,
    kind,
    metadata: { namespace, name },
    spec,
  });
  const kafka = { properties: { 'bootstrap.servers': 'kafka:9092' } };
  const places = [draft('Storage', 'archive', { s3: { bucket: 'archive' } }), draft('EventHub', 'cluster', { kafka })];
  const items = { apiVersion: 'v1', kind: 'List', items: places };
  const applied = await api.kubectl(['apply', '-f', '-'], JSON.stringify(items));
  assert.ok(applied.ok, applied.stderr);
}

/** A Restore of these. */
export async function createRestore(
  api: ApiServer,
  metadata: Pick<Draft<CustomObject>['metadata'], 'namespace' | 'name' | 'finalizers' | 'annotations'>,
  spec: object = {},
): Promise<CustomObject> {
  const config = { topics: [{ source: 'orders', target: 'orders' }] };
  return api.client.create(kinds.Restore, {
    apiVersion,
    kind: 'Restore',
    metadata,
    spec: { source: 'archive', sink: 'cluster', enabled: true, config, ...spec },
  });
}

/** Lets a namespace have no more than this, as of now: of Jobs, or of volume claims. */
export async function setQuota(
  api: ApiServer,
  namespace: string,
  hard: { readonly 'count/jobs.batch': string } | { readonly persistentvolumeclaims: string },
): Promise<void> {
  const succeeds = async (args: readonly string[], input?: string): Promise<void> => {
    const result = await api.kubectl(['-n', namespace, ...args], input);
    assert.ok(result.ok, result.stderr);
  };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard } };
  await succeeds(['apply', '-f', '-'], JSON.stringify(quota));
  // What a controller would do.
  const status = JSON.stringify({ status: { hard, used: hard } });
  await succeeds(['patch', 'resourcequota', 'none', '--subresource=status', '--type=merge', '-p', status]);
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'probe' }, spec: podOfNothing };
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'probe' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const probe = JSON.stringify('persistentvolumeclaims' in hard ? claim : job);
  await eventually('the quota counts', async () => {
    return !(await api.kubectl(['-n', namespace, 'create', '--dry-run=server', '-f', '-'], probe)).ok;
  });
}

/** Of a Job that nobody runs. */
export const podOfNothing = {
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'none' }] } },
};
