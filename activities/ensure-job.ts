import { randomBytes } from 'node:crypto';
import { KubeConflict, isRefusal } from '../src/kube/errors.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { kinds } from '../src/kube/objects.ts';
import type { Draft, Job } from '../src/kube/objects.ts';
import { hasBegun, isOwnedBy, jobUidLabel, restoreUidLabel } from '../src/model/children.ts';
import { jobFactsOf } from '../src/model/observation.ts';
import { namedReport } from '../src/model/named-report.ts';
import { isOutdated } from '../src/model/order-basis.ts';
import { restoreJobNameLabel } from '../src/model/resources/names.ts';
import type { Restore } from '../src/model/resources/restore.ts';
import type { Resolved } from '../src/model/resolve.ts';
import type { RestoreRef } from '../src/model/state.ts';
import type { EnsuredJob } from './contract.ts';
import { attemptJobName, jobManifest } from './job-manifest.ts';
import type { JobSettings } from './job-manifest.ts';
import { newOrderName, orderSecret } from './order-secret.ts';
import { readRestore, resolvedOrNull, resolveNow, sentenceOf } from './restore-object.ts';

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
  const jobs = (await jobsOf(kube, ref)).map((job) => ({ job, facts: jobFactsOf(job, { pods: [], pvcs: [] }) }));
  const living = jobs.find(({ facts: { phase, deleting } }) => phase === 'Active' && !deleting);
  if (living !== undefined) {
    const { name, uid, attempt: its } = living.facts;
    // Null: a Job that has its order goes on with it, whatever became of what the Restore refers to.
    const now = await resolvedOrNull(kube, restore);
    if (now !== null && (await isReplaced(kube, restore, living.job, now))) {
      await kube.delete(kinds.Job, { namespace: ref.namespace, name, uid });
      return refused('PodLeaving', `Job ${name} is being deleted: what it was made from was changed since.`);
    }
    await nameJob(kube, ref, name);
    // Whoever made the Job may have been stopped before its order was there.
    if (now !== null) await giveOrder(kube, living.job, now);
    return { job: { name, uid }, attempt: Math.max(its, attempt) };
  }
  if (jobs.some(({ facts }) => facts.deleting))
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
  for (const { facts } of jobs) {
    const { name: other, uid } = facts;
    if (other !== name) await kube.delete(kinds.Job, { namespace: ref.namespace, name: other, uid });
  }
  await nameJob(kube, ref, name);
  const order = newOrderName(name, randomBytes(5));
  try {
    const job = await createJob(kube, jobManifest(restore, attempt, { report, order }, resolved, settings));
    if (!isOwnedBy(job, ref.uid)) {
      return refused('InvalidConfiguration', `A Job ${name} exists that is not of this Restore. Delete it.`);
    }
    const made = { name, uid: job.metadata.uid };
    await giveOrder(kube, job, resolved).catch(async (error: unknown) => {
      // Its pod would wait for the order, and nobody would say why.
      if (isRefusal(error)) await kube.delete(kinds.Job, { namespace: ref.namespace, ...made });
      throw error;
    });
    return { job: made, attempt };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const reason = error.code === 403 ? 'JobRefused' : 'InvalidConfiguration';
    return refused(reason, `The API server does not take Job ${name}: ${error.message}`);
  }
}

/** The Jobs of the Restore, read now. */
export async function jobsOf(kube: KubeClient, { namespace, uid }: RestoreRef): Promise<Job[]> {
  const jobs = await kube.list(kinds.Job, { namespace, labelSelector: `${restoreUidLabel}=${uid}` });
  return jobs.filter((job) => isOwnedBy(job, uid));
}

async function reportClaim(
  kube: KubeClient,
  restore: Restore,
): Promise<{ name: string; uid: string; deleting: boolean } | null> {
  const { namespace, uid } = restore.metadata;
  const named = namedReport(restore);
  const claim = named === null ? null : await kube.get(kinds.PersistentVolumeClaim, { namespace, name: named.name });
  if (claim === null || !isOwnedBy(claim, uid)) return null;
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

/** Without its order the pod of the Job does not start. What was given once stays as it is. */
async function giveOrder(kube: KubeClient, job: Job, { order }: Resolved): Promise<void> {
  const secret = orderSecret(job, order);
  if (secret === null) return;
  try {
    await kube.create(kinds.Secret, secret);
  } catch (error) {
    if (!(error instanceof KubeConflict)) throw error;
  }
}

/**
 * Whether another Job is made instead of this one, which was made from something else than would be now. It may have no order
 * yet, and one that it got now would not be what its annotations say. Once its pod has started it has its order, and keeps it.
 */
async function isReplaced(kube: KubeClient, { status }: Restore, job: Job, { basis }: Resolved): Promise<boolean> {
  if (!isOutdated(job, basis, status.startTime !== undefined)) return false;
  const { namespace = '', uid } = job.metadata;
  const pods = await kube.list(kinds.Pod, { namespace, labelSelector: `${jobUidLabel}=${uid}` });
  return !pods.some(hasBegun);
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
