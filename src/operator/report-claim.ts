import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import { KubeConflict, isRefusal } from '../kube/errors.ts';
import { asObject, kinds, ownedBy } from '../kube/objects.ts';
import type { Draft, PersistentVolumeClaim } from '../kube/objects.ts';
import { isOwnedBy, restoreUidLabel } from '../model/children.ts';
import { namedReport } from '../model/named-report.ts';
import { randomId, reportPvcName, reportPvcNameLabel, reportPvcUidAnnotation } from '../model/resources/names.ts';
import type { Restore } from '../model/resources/restore.ts';

export interface ReportVolume {
  /** A quantity of Kubernetes. */
  readonly size: string;
  /** The cluster's default when absent. */
  readonly storageClass?: string | undefined;
}

/**
 * The volume claim of the report: there from the creation of the Restore on. Its name stands on the Restore before it is
 * made, and again when somebody has taken it away. One that was there and is gone is followed by one of another name, which
 * means from zero, but only when no Job is left that could write to the old one.
 * @returns why the API server does not take the claim, in a sentence; null if it is there or on its way
 */
export async function ensureReportClaim(
  kube: KubeClient,
  restore: Restore,
  known: { readonly pvcs: readonly PersistentVolumeClaim[]; readonly hasJobs: boolean },
  volume: ReportVolume,
): Promise<string | null> {
  const { namespace, uid } = restore.metadata;
  const named = namedReport(restore);
  if (named === null) {
    await nameAnew(kube, restore);
    return null;
  }

  const { name } = named;
  const isOwn = (pvc: PersistentVolumeClaim): boolean => pvc.metadata.name === name && isOwnedBy(pvc, uid);
  const seen = known.pvcs.find(isOwn) ?? (await kube.get(kinds.PersistentVolumeClaim, { namespace, name }));
  if (seen !== null) {
    // A claim of that name that is somebody else's: ours gets another one.
    if (!isOwn(seen)) {
      await nameAnew(kube, restore);
      return null;
    }
    if (!isNoted(restore, seen)) await note(kube, restore, seen);
    return null;
  }
  const wasThere = named.uid !== null;
  if (wasThere) {
    if (!known.hasJobs) await nameAnew(kube, restore);
    return null;
  }
  try {
    const made = await kube.create(kinds.PersistentVolumeClaim, draft(restore, name, volume));
    await note(kube, restore, made);
  } catch (error) {
    if (isRefusal(error))
      return `The API server does not take the volume claim ${name} of the report: ${error.message}`;
    if (!(error instanceof KubeConflict)) throw error;
  }
  return null;
}

/** Gives the Restore the name of a claim that does not exist yet; the change of the Restore brings us back here. */
async function nameAnew(kube: KubeClient, restore: Restore): Promise<void> {
  const { name } = restore.metadata;
  await note(kube, restore, { metadata: { name: reportPvcName(name, randomId(randomBytes(5))), uid: '' } });
}

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string };
}

function isNoted({ metadata: { labels, annotations } }: Restore, { metadata: { name, uid } }: Named): boolean {
  return (
    labels[reportPvcNameLabel] === name &&
    annotations[reportPvcNameLabel] === name &&
    annotations[reportPvcUidAnnotation] === uid
  );
}

/** Only on the version that was seen: another name may stand there by now. */
async function note(kube: KubeClient, { metadata }: Restore, pvc: Named): Promise<void> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const named = { [reportPvcNameLabel]: pvc.metadata.name };
  const annotations = { ...named, [reportPvcUidAnnotation]: pvc.metadata.uid };
  await kube.mergePatch(
    kinds.Restore,
    { namespace, name, uid },
    { metadata: { resourceVersion, labels: named, annotations } },
  );
}

function draft(restore: Restore, name: string, { size, storageClass }: ReportVolume): Draft<PersistentVolumeClaim> {
  const { namespace, uid, name: instance } = restore.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace,
      name,
      labels: {
        'app.kubernetes.io/instance': instance,
        'app.kubernetes.io/managed-by': 'rekindle',
        [restoreUidLabel]: uid,
      },
      ownerReferences: [ownedBy(asObject(restore))],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
}
