import { KubeConflict } from '../src/kube/errors.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { kinds } from '../src/kube/objects.ts';
import type { ConfigMap, Draft, Job } from '../src/kube/objects.ts';
import { isOwnedBy, restoreUidLabel } from '../src/model/children.ts';
import { jobFactsOf } from '../src/model/observation.ts';
import { reportPvcNameLabel, restoreJobNameLabel } from '../src/model/resources/names.ts';
import type { Restore } from '../src/model/resources/restore.ts';
import type { Resolved } from '../src/model/resolve.ts';
import type { RestoreRef } from '../src/model/state.ts';
import type { EnsuredJob } from './contract.ts';
import { attemptJobName, jobManifest, orderConfigMap } from './job-manifest.ts';
import type { JobSettings } from './job-manifest.ts';
import { readRestore, resolveNow, sentenceOf } from './restore-object.ts';

/**
 * Makes the Job of an attempt. One Job at a time: a living one is taken, whatever attempt it is of, and the name of a new
 * one follows from the attempt, so that asking twice makes it once.
 */
export async function ensureJob(
  kube: KubeClient,
  settings: JobSettings,
  { restore: ref, attempt }: { restore: RestoreRef; attempt: number },
): Promise<EnsuredJob> {
  const restore = await readRestore(kube, ref);
  const jobs = await jobsOf(kube, ref);
  const facts = jobs.map((job) => jobFactsOf(job, []));
  const living = facts.find((job) => job.phase === 'Active' && !job.deleting);
  if (living !== undefined) {
    await nameJob(kube, ref, living.name);
    return { job: { name: living.name, uid: living.uid }, attempt: Math.max(living.attempt, attempt) };
  }
  if (facts.some((job) => job.deleting))
    return refused('PodLeaving', 'The Job of the last attempt is still being deleted.');

  const leaving = restore.metadata.deletionTimestamp !== undefined;
  if (!leaving && !restore.spec.enabled) return refused('Cancelled', 'The Restore is not enabled.');
  const report = await reportClaim(kube, restore);
  if (report === null) return refused('ReportMissing', 'The volume claim of the report does not exist yet.');
  if (report.deleting)
    return refused('ReportTerminating', `The volume claim ${report.name} of the report is being deleted.`);

  let resolved: Resolved;
  try {
    resolved = await resolveNow(kube, restore);
  } catch (error) {
    return refused('InvalidConfiguration', sentenceOf(error));
  }

  const name = attemptJobName(restore, attempt);
  for (const { name: other, uid } of facts.filter((job) => job.name !== name)) {
    await kube.delete(kinds.Job, { namespace: ref.namespace, name: other, uid });
  }
  await nameJob(kube, ref, name);
  await replaceOrder(kube, ref, orderConfigMap(restore, attempt, resolved));
  const job = await createJob(kube, jobManifest(restore, attempt, report, resolved, settings));
  return isOwnedBy(job, ref.uid)
    ? { job: { name, uid: job.metadata.uid }, attempt }
    : refused('InvalidConfiguration', `A Job ${name} exists that is not of this Restore. Delete it.`);
}

/** The Jobs of the Restore, read now. */
async function jobsOf(kube: KubeClient, { namespace, uid }: RestoreRef): Promise<Job[]> {
  const jobs = await kube.list(kinds.Job, { namespace, labelSelector: `${restoreUidLabel}=${uid}` });
  return jobs.filter((job) => isOwnedBy(job, uid));
}

async function reportClaim(
  kube: KubeClient,
  { metadata }: Restore,
): Promise<{ name: string; uid: string; deleting: boolean } | null> {
  const { namespace, annotations } = metadata;
  const name = annotations[reportPvcNameLabel];
  const claim = name === undefined ? null : await kube.get(kinds.PersistentVolumeClaim, { namespace, name });
  if (claim === null || !isOwnedBy(claim, metadata.uid)) return null;
  return {
    name: claim.metadata.name,
    uid: claim.metadata.uid,
    deleting: claim.metadata.deletionTimestamp !== undefined,
  };
}

/** The Job's name stands on the Restore before the Job is there. */
async function nameJob(kube: KubeClient, ref: RestoreRef, name: string): Promise<void> {
  const named = { [restoreJobNameLabel]: name };
  await kube.mergePatch(kinds.Restore, ref, { metadata: { labels: named, annotations: named } });
}

/** The order of this attempt as of now; those of earlier attempts go. */
async function replaceOrder(kube: KubeClient, { namespace, uid }: RestoreRef, order: Draft<ConfigMap>): Promise<void> {
  const orders = await kube.list(kinds.ConfigMap, { namespace, labelSelector: `${restoreUidLabel}=${uid}` });
  for (const { metadata } of orders)
    await kube.delete(kinds.ConfigMap, { namespace, name: metadata.name, uid: metadata.uid });
  await kube.create(kinds.ConfigMap, order);
}

async function createJob(kube: KubeClient, draft: Draft<Job>): Promise<Job> {
  try {
    return await kube.create(kinds.Job, draft);
  } catch (error) {
    if (!(error instanceof KubeConflict)) throw error;
    const existing = await kube.get(kinds.Job, draft.metadata);
    if (existing === null) throw error;
    return existing;
  }
}

function refused(reason: string, message: string): EnsuredJob {
  return { refused: { reason, message } };
}
