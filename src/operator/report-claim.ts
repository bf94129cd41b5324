import { randomBytes } from 'node:crypto';
import { asObject } from '../../activities/job-manifest.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeConflict, isRefusal } from '../kube/errors.ts';
import { kinds, ownedBy } from '../kube/objects.ts';
import type { Draft, PersistentVolumeClaim } from '../kube/objects.ts';
import { isOwnedBy, restoreUidLabel } from '../model/children.ts';
import { randomId, reportPvcName, reportPvcNameLabel } from '../model/resources/names.ts';
import type { Restore } from '../model/resources/restore.ts';

/** Annotation on the Restore: UID of the volume claim that it names, once that was there. */
const reportPvcUid = 'rekindle.dev/report-pvc-uid';

export interface ReportVolume {
  /** A quantity of Kubernetes. */
  readonly size: string;
  /** The cluster's default when absent. */
  readonly storageClass?: string | undefined;
}

/**
 * The volume claim of the report: there from the creation of the Restore on. Its name stands on the Restore before it is
 * made. One that was there and is gone is followed by one of another name, which means from zero, but only when no Job is
 * left that could write to the old one.
 * @returns why the API server does not take the claim, in a sentence; null if it is there or on its way
 */
export async function ensureReportClaim(
  kube: KubeClient,
  restore: Restore,
  known: { readonly pvcs: readonly PersistentVolumeClaim[]; readonly hasJobs: boolean },
  volume: ReportVolume,
): Promise<string | null> {
  const { namespace, uid, annotations } = restore.metadata;
  const named = annotations[reportPvcNameLabel];
  if (named === undefined) {
    await nameAnew(kube, restore);
    return null;
  }

  const isOwn = (pvc: PersistentVolumeClaim): boolean => pvc.metadata.name === named && isOwnedBy(pvc, uid);
  const seen = known.pvcs.find(isOwn) ?? (await kube.get(kinds.PersistentVolumeClaim, { namespace, name: named }));
  if (seen !== null) {
    // A claim of that name that is somebody else's: ours gets another one.
    if (!isOwn(seen)) {
      await nameAnew(kube, restore);
      return null;
    }
    if (annotations[reportPvcUid] !== seen.metadata.uid) await note(kube, restore, seen.metadata.uid);
    return null;
  }
  const wasThere = annotations[reportPvcUid] !== undefined && annotations[reportPvcUid] !== '';
  if (wasThere) {
    if (!known.hasJobs) await nameAnew(kube, restore);
    return null;
  }
  try {
    const made = await kube.create(kinds.PersistentVolumeClaim, draft(restore, named, volume));
    await note(kube, restore, made.metadata.uid);
  } catch (error) {
    if (isRefusal(error))
      return `The API server does not take the volume claim ${named} of the report: ${error.message}`;
    if (!(error instanceof KubeConflict)) throw error;
  }
  return null;
}

/** Gives the Restore the name of a claim that does not exist yet; the change of the Restore brings us back here. */
async function nameAnew(kube: KubeClient, { metadata }: Restore): Promise<void> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const chosen = reportPvcName(name, randomId(randomBytes(5)));
  await kube.mergePatch(
    kinds.Restore,
    { namespace, name, uid },
    {
      metadata: {
        resourceVersion,
        labels: { [reportPvcNameLabel]: chosen },
        annotations: { [reportPvcNameLabel]: chosen, [reportPvcUid]: '' },
      },
    },
  );
}

async function note(kube: KubeClient, { metadata }: Restore, pvcUid: string): Promise<void> {
  const { namespace, name, uid } = metadata;
  await kube.mergePatch(
    kinds.Restore,
    { namespace, name, uid },
    { metadata: { annotations: { [reportPvcUid]: pvcUid } } },
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
