import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { KubeClient } from '../src/kube/client.ts';
import { kinds } from '../src/kube/objects.ts';
import type { Job, PersistentVolumeClaim } from '../src/kube/objects.ts';
import { isOwnedBy, jobUidLabel } from '../src/model/children.ts';
import { claim as claimSchema } from '../src/model/claim.ts';
import { jobFactsOf } from '../src/model/observation.ts';
import { podProgress } from '../src/model/pod-progress.ts';
import { workflowIdOf } from '../src/model/state.ts';
import type { JobRef, RestoreRef } from '../src/model/state.ts';
import type { Claims } from './claims.ts';
import type { ControlActivities } from './contract.ts';
import { withReasons } from './failure.ts';
import { ensureJob } from './ensure-job.ts';
import { reportVolume } from './job-manifest.ts';
import type { JobSettings } from './job-manifest.ts';
import { assertOrderStands, start } from './order-stands.ts';
import { publishProgress } from './publish-progress.ts';
import { bearsApproval, removeApproval } from './approval.ts';
import { restoreGone } from './restore-object.ts';
import { publishStatus } from './status.ts';

export interface ControlDependencies {
  readonly kube: KubeClient;
  readonly claims: Claims;
  readonly jobs: JobSettings;
}

/**
 * What the operator does for the workflows: the Kubernetes API only. Every request is for the Restore of the workflow that
 * asks, which must stand in the API server, and for nothing that is not owned by it: what somebody else starts or sends on
 * Temporal reaches no further.
 */
export function createControlActivities({ kube, claims, jobs }: ControlDependencies): ControlActivities {
  const assertOwn = async (restore: RestoreRef): Promise<void> => {
    assertAsks(restore);
    if ((await kube.get(kinds.Restore, restore)) === null) throw restoreGone(restore);
  };

  return withReasons<ControlActivities>({
    async ensureJob(request) {
      await assertOwn(request.restore);
      return await ensureJob(kube, jobs, request);
    },

    async confirmJob({ restore, job }) {
      await assertOwn(restore);
      const found = await ownedJob(kube, restore, job);
      if (found === null) return null;
      const { namespace } = restore;
      const pods = await kube.list(kinds.Pod, { namespace, labelSelector: `${jobUidLabel}=${job.uid}` });
      const report = await reportOf(kube, found);
      return jobFactsOf(found, { pods, pvcs: report === null ? [] : [report] });
    },

    async deleteJob({ restore, job }) {
      await assertOwn(restore);
      const found = await ownedJob(kube, restore, job);
      if (found !== null) await kube.delete(kinds.Job, { namespace: restore.namespace, ...job });
    },

    async recallClaims({ restore }) {
      await assertOwn(restore);
      return await claims.recall(restore);
    },

    async checkClaim({ restore, claim }) {
      await assertOwn(restore);
      await assertOrderStands(kube, restore);
      return await claims.look(restore, claimSchema.parse(claim));
    },

    async claimTargets({ restore, claim }) {
      await assertOwn(restore);
      await assertOrderStands(kube, restore);
      // Claimed first: a Restore that waits for its topics has not started, and may be changed.
      return await claims.take(restore, claimSchema.parse(claim), () => start(kube, restore));
    },

    async confirmApproval({ restore, value }) {
      await assertOwn(restore);
      return await bearsApproval(kube, restore, value);
    },

    async removeApproval({ restore, value }) {
      await assertOwn(restore);
      await removeApproval(kube, restore, value);
    },

    async publishStatus(report) {
      await assertOwn(report.restore);
      return await publishStatus(kube, report);
    },

    async publishProgress({ restore, progress }) {
      await assertOwn(restore);
      await publishProgress(kube, restore, podProgress.parse(progress));
    },
  });
}

async function ownedJob(kube: KubeClient, restore: RestoreRef, { name, uid }: JobRef): Promise<Job | null> {
  const job = await kube.get(kinds.Job, { namespace: restore.namespace, name, uid });
  return job !== null && isOwnedBy(job, restore.uid) ? job : null;
}

/** The volume claim that the Job's pod mounts for the report; null if none of that name is there. */
async function reportOf(kube: KubeClient, { metadata, spec }: Job): Promise<PersistentVolumeClaim | null> {
  const { namespace = '' } = metadata;
  const volume = spec?.template.spec?.volumes?.find(({ name }) => name === reportVolume);
  const name = volume?.persistentVolumeClaim?.claimName;
  return name === undefined ? null : await kube.get(kinds.PersistentVolumeClaim, { namespace, name });
}

function assertAsks(restore: RestoreRef): void {
  const { workflowExecution } = activityInfo();
  const id = workflowExecution?.workflowId ?? 'Nobody';
  if (id === workflowIdOf(restore)) return;
  const message = `${id} is not the workflow of Restore ${restore.namespace}/${restore.name}.`;
  throw ApplicationFailure.nonRetryable(message, 'NotAuthorized');
}
