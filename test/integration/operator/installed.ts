import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifests } from '../../../deploy/crds/manifests.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { CustomObject } from '../../../src/kube/objects.ts';
import { apiVersion } from '../../../src/model/resources/names.ts';
import { ApiServer } from '../kube/api-server.ts';

const deployed = join(import.meta.dirname, '../../../deploy/manifests');

/** An API server with the CRDs and the operator's permissions as a person applies them, in each of these namespaces. */
export async function installed(...namespaces: readonly string[]): Promise<ApiServer> {
  const api = await ApiServer.start();
  const apply = async (manifest: string, ...args: string[]): Promise<void> => {
    const applied = await api.kubectl([...args, 'apply', '-f', '-'], manifest);
    assert.ok(applied.ok, applied.stderr);
  };
  await apply([...manifests()].map(([, manifest]) => manifest).join('---\n'));
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
  metadata: { readonly namespace: string; readonly name: string; readonly annotations?: Record<string, string> },
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
