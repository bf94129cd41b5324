import type { KubeClient } from '../src/kube/client.ts';
import { jobPhase } from '../src/model/children.ts';
import { isOutdated } from '../src/model/order-basis.ts';
import { RekindleError } from '../src/model/reasons.ts';
import type { RestoreRef } from '../src/model/state.ts';
import { jobsOf } from './ensure-job.ts';
import { readRestore, resolvedOrNull } from './restore-object.ts';

/**
 * Until its targets are claimed, what a Restore says may be changed, and a pod works from the order that it was given: it
 * would restore what nobody asks for any more. Throws `OrderOutdated`, which ends such an attempt.
 */
export async function assertOrderStands(kube: KubeClient, ref: RestoreRef): Promise<void> {
  const restore = await readRestore(kube, ref);
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
