import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { stateFolder } from '../folders.ts';
import { exclusively } from '../lock.ts';
import { kubectl } from './kubectl.ts';
import { nodeNames, volumeFolder } from './layout.ts';

/** How many claims can be bound at the same time. */
const COUNT = 40;

const volumeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ local: z.object({ path: z.string() }).optional(), claimRef: z.unknown().optional() }),
      status: z.object({ phase: z.string() }),
    }),
  ),
});

/**
 * The pool of persistent volumes and the default storage class. Local volumes rather than the controller manager's
 * host path provisioner: that one ignores `fsGroup`, so that pods without root could not write.
 */
export async function ensureVolumes(): Promise<void> {
  const volumes = Array.from({ length: COUNT }, (_, index) => `volume-${String(index + 1).padStart(2, '0')}`);
  for (const name of volumes) await mkdir(join(volumeFolder, name), { recursive: true });
  const items = [storageClass, ...volumes.map(localVolume)];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager', 'dev-stack', '-f', '-'], list);
}

/**
 * Empties the volumes whose claim is gone and offers them to new claims; returns their names. One process at a time: a
 * volume that another one has offered already may be in use again.
 */
export async function recycleVolumes(): Promise<string[]> {
  return exclusively(join(stateFolder, 'volumes.lock'), recycle);
}

async function recycle(): Promise<string[]> {
  const { items } = volumeList.parse(JSON.parse(await kubectl(['get', 'persistentvolumes', '-o', 'json'])));
  const recycled: string[] = [];
  for (const { metadata, spec, status } of items) {
    // One that was offered just now is called released for a moment.
    if (status.phase !== 'Released' || spec.claimRef === undefined) continue;
    if (spec.local?.path !== join(volumeFolder, metadata.name)) continue;
    for (const entry of await readdir(spec.local.path)) {
      await rm(join(spec.local.path, entry), { recursive: true, force: true });
    }
    const patch = JSON.stringify([{ op: 'remove', path: '/spec/claimRef' }]);
    await kubectl(['patch', 'persistentvolume', metadata.name, '--type', 'json', '--patch', patch]);
    recycled.push(metadata.name);
  }
  return recycled;
}

const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
};

function localVolume(name: string): object {
  // All nodes are this machine, so that its folders are theirs.
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: nodeNames };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: storageClass.metadata.name,
      local: { path: join(volumeFolder, name) },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  };
}
