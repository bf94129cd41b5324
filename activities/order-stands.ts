import { applyStatus } from '../src/kube/apply.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { untilNobodyInterferes } from '../src/kube/conflict.ts';
import { kinds } from '../src/kube/objects.ts';
import { jobPhase } from '../src/model/children.ts';
import { isOutdated } from '../src/model/order-basis.ts';
import { RekindleError } from '../src/model/reasons.ts';
import type { RestoreStatus } from '../src/model/resources/restore-status.ts';
import type { Restore } from '../src/model/resources/restore.ts';
import type { RestoreRef } from '../src/model/state.ts';
import type { StatusOwner } from './change-status.ts';
import { jobsOf } from './ensure-job.ts';
import { readRestore, resolvedOrNull, restoreGone } from './restore-object.ts';

/**
 * Until its targets are claimed, what a Restore says may be changed, and a pod works from the order that it was given: it
 * would restore what nobody asks for any more. Throws `OrderOutdated`, which ends such an attempt.
 */
export async function assertOrderStands(kube: KubeClient, ref: RestoreRef): Promise<void> {
  await assertStands(kube, ref, await readRestore(kube, ref));
}

/**
 * Says that the Restore has started, with which the API server refuses to change what is fixed from then on. It is said over
 * the very version whose order was looked at: what was changed a moment before is seen, and throws `OrderOutdated`. The
 * workflow states the rest of the status, and keeps the time that stands here.
 */
export async function start(kube: KubeClient, ref: RestoreRef): Promise<void> {
  const fieldManager: StatusOwner = 'workflow';
  await untilNobodyInterferes(async () => {
    const restore = await readRestore(kube, ref);
    if (restore.status.startTime !== undefined) return;
    await assertStands(kube, ref, restore);
    // The whole of what the workflow has stated: what is not sent again would be removed.
    const status: RestoreStatus = { ...restore.status, startTime: new Date().toISOString() };
    delete status.progress;
    const { resourceVersion } = restore.metadata;
    const over = { fieldManager, resourceVersion };
    if ((await applyStatus(kube, kinds.Restore, { ...ref }, status, over)) === null) throw restoreGone(ref);
  });
}

async function assertStands(kube: KubeClient, ref: RestoreRef, restore: Restore): Promise<void> {
  if (restore.status.startTime !== undefined) return;
  const jobs = (await jobsOf(kube, ref)).filter((job) => jobPhase(job) === 'Active');
  const now = await resolvedOrNull(kube, restore);
  // What it refers to is not there: then it is not what the order was made from.
  const outdated = jobs.find((job) => now === null || isOutdated(job, now.basis, false));
  if (outdated === undefined) return;
  const { name } = outdated.metadata;
  throw new RekindleError(
    'OrderOutdated',
    `What Job ${name} is to restore, or from where to where, was changed since it was made. Another Job follows.`,
  );
}
