// An archive on a volume: the Storage makes its volume claim, a backup is written there in the cluster, a Restore reads it
// from there, and nothing but a person deletes it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { IMAGE } from '../../deploy/dev/image.ts';
import { readStack } from '../../deploy/dev/state.ts';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { eventually } from '../support/eventually.ts';
import { assertFlawless } from '../support/flawless.ts';
import { unusedName } from '../support/kafka.ts';
import { apply, exists, forget, k, restoreObject, untilDone } from '../support/restores.ts';

let data: Dataset;
before(async () => {
  data = await e2eDataset({ records: 4_000, packages: 500 });
});

/** A Job that backs topics up into the volume claim, as a person would write one. */
function backupJob(name: string, claimName: string, topics: readonly string[]): object {
  const to = ['--from', readStack('kafka').kafka.bootstrap.pods, '--to', 'file:/archive', '--topics', topics.join(',')];
  const user = { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001 };
  const container = {
    ...{ name: 'backup', image: IMAGE, command: ['rekindle', 'backup', ...to] },
    volumeMounts: [{ name: 'archive', mountPath: '/archive' }],
  };
  const volumes = [{ name: 'archive', persistentVolumeClaim: { claimName } }];
  const spec = { restartPolicy: 'Never', securityContext: user, containers: [container], volumes };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template: { spec } } };
}

test('a backup into the volume of a Storage, and a Restore from there', async () => {
  const name = unusedName('volume');
  const volume = { capacity: '1Gi' };
  await apply({ apiVersion: 'rekindle.dev/v1alpha1', kind: 'Storage', metadata: { name }, spec: { volume } });
  await eventually(`the claim ${name} is there`, () => exists('PersistentVolumeClaim', name), { ms: 60_000 });
  await apply(backupJob(`${name}-backup`, name, [data.records, data.packages]));
  await k('wait', '--for=condition=complete', `job/${name}-backup`, '--timeout=120s');

  const topics = [data.records, data.packages].map((source) => ({ source, target: `${name}-${source}` }));
  await apply(restoreObject({ name, source: name, topics, credentials: null }));
  await untilDone(name);
  await assertFlawless(data.bootstrap, topics);

  await forget(name);
  await k('delete', 'storage.rekindle.dev', name);
  assert.ok(await exists('PersistentVolumeClaim', name), 'the archive went with its Storage');
  await k('delete', 'job', `${name}-backup`);
  await k('delete', 'pvc', name);
});
