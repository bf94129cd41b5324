import type { Archive, ArchivedTopic } from '../archive/reader.ts';
import { RekindleError } from '../model/reasons.ts';
import { totals, type PlannedTopic, type Report } from '../model/report.ts';
import { freeze, planPartitions, type PartitionPlan } from './plan.ts';
import type { RunDependencies } from './run-dependencies.ts';

/**
 * Decides what the first report of a new epoch says: the plan is frozen on a start from zero, kept on a resume, and
 * extended to the archive as it is now once everything planned is done. Topics added to the order are planned too.
 */
export async function openPlans(
  archive: Archive,
  { order, identity, attempt }: Pick<RunDependencies, 'order' | 'identity' | 'attempt'>,
): Promise<{
  first: (previous: Report | null, epoch: number) => Report;
  plans: (report: Report) => PartitionPlan[];
}> {
  const topics = new Map<string, ArchivedTopic>();
  for (const { source } of order.topics) {
    if (!topics.has(source)) topics.set(source, await archive.topic(source));
  }
  const archived = (source: string): ArchivedTopic => {
    const topic = topics.get(source);
    if (!topic) {
      throw new RekindleError(
        'InvalidConfiguration',
        `The report speaks of topic ${source}, which the restore does not map any more. Bring the mapping back, or start from zero.`,
      );
    }
    return topic;
  };

  const first = (previous: Report | null, epoch: number): Report => {
    const now = new Date().toISOString();
    if (previous) assertSameRestore(previous, order.restore.uid);
    const base: Report = previous ?? {
      version: 1,
      restore: order.restore,
      epoch,
      state: 'Opened',
      updatedAt: now,
      plan: [],
      clusterId: null,
      transactionalId: `rekindle-${order.restore.uid}`,
      producer: null,
      attempts: [],
      topics: [],
      proof: null,
      errors: [],
    };
    const resumedFrom = totals(base).acknowledged;
    const begun = {
      attempt,
      epoch,
      identity,
      startedAt: now,
      endedAt: null,
      resumedFrom,
      reached: resumedFrom,
      outcome: null,
    };
    const grows = base.state === 'Done';
    const plan = order.topics.map(
      (mapping): PlannedTopic =>
        (grows ? undefined : base.plan.find(({ target }) => target === mapping.target)) ??
        freeze(mapping, archived(mapping.source)),
    );
    assertGrown(base.plan, plan, archive, archived);
    return { ...base, epoch, updatedAt: now, plan, attempts: [...base.attempts, begun] };
  };

  const plans = (report: Report): PartitionPlan[] =>
    report.plan.flatMap((planned) => planPartitions(archive, archived(planned.source), planned));
  return { first, plans };
}

/** What was planned before must still be in the archive, as the beginning of what is planned now. */
function assertGrown(
  before: readonly PlannedTopic[],
  now: readonly PlannedTopic[],
  archive: Archive,
  archived: (source: string) => ArchivedTopic,
): void {
  for (const planned of before) {
    if (!now.some(({ target, source }) => target === planned.target && source === planned.source)) {
      throw new RekindleError(
        'InvalidConfiguration',
        `The restore of ${planned.source} into ${planned.target} has begun and is not mapped any more. Bring the mapping back, or start from zero.`,
      );
    }
    planPartitions(archive, archived(planned.source), planned);
  }
}

function assertSameRestore(previous: Report, uid: string): void {
  if (previous.restore.uid === uid) return;
  const { namespace, name } = previous.restore;
  throw new RekindleError(
    'ReportOfAnotherRestore',
    `The report belongs to Restore ${namespace}/${name} (${previous.restore.uid}), not to ${uid}. Use that Restore's volume for it only; give this one an empty volume.`,
  );
}
