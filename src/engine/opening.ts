import type { Archive, ArchivedTopic } from '../archive/reader.ts';
import type { DeliveryKind, RestoreOrder } from '../model/order.ts';
import { RekindleError } from '../model/reasons.ts';
import { emptyReport, totals, type PlannedTopic, type Report, type TopicReport } from '../model/report.ts';
import { freeze, openFrozen, planPartitions, type PartitionPlan } from './plan.ts';
import type { RunDependencies } from './run-dependencies.ts';

/**
 * Decides what the first report of a new epoch says: the plan is frozen on a start from zero, kept on a resume, and
 * extended to the archive as it is now once everything planned is done. Topics added to the order are planned too. An
 * errand needs no archive, and plans nothing.
 *
 * `first` throws RekindleError `ReportOfAnotherRestore`, `InvalidConfiguration`, `TopicNotInArchive`, `ArchiveChanged`,
 * and {@link ArchiveDamage}; `plans` goes by the topics that it has opened.
 */
export function openPlans(
  openArchive: () => Promise<Archive>,
  { order, identity, attempt, onlyPutBack }: Pick<RunDependencies, 'order' | 'identity' | 'attempt' | 'onlyPutBack'>,
): {
  first: (previous: Report | null, epoch: number) => Promise<Report>;
  plans: (report: Report) => PartitionPlan[];
} {
  let archive: Archive | null = null;
  const opened = new Map<string, ArchivedTopic>();

  const first = async (previous: Report | null, epoch: number): Promise<Report> => {
    const now = new Date().toISOString();
    if (previous) assertSameRestore(previous, order.restore.uid);
    const base = previous ?? emptyReport(order.restore, epoch, now);
    const resumedFrom = totals(base).acknowledged;
    const begun = {
      attempt,
      epoch,
      identity,
      imageId: null,
      startedAt: now,
      endedAt: null,
      resumedFrom,
      reached: resumedFrom,
      outcome: null,
    };
    // Of a process whose report is lost nobody knows what it has purged: what was proved before cannot just have left.
    const isLost = previous !== null && previous.epoch < epoch - 1;
    const topics = isLost ? base.topics.map(orphaned) : base.topics;
    const document = { ...base, topics, epoch, updatedAt: now, attempts: [...base.attempts, begun] };
    if (isErrand(onlyPutBack, base)) return document;
    archive = await openArchive();
    // What nothing was restored of yet is planned as it is wanted now.
    const frozen = base.plan.filter((planned) => base.topics.some(({ target }) => target === planned.target));
    for (const planned of frozen) assertMapped(planned, order.topics);
    const delivery = deliveryFor(order, base);
    const grows = base.state === 'Done';
    const plan: PlannedTopic[] = [];
    for (const { source, target } of order.topics) {
      const before = frozen.find((planned) => planned.target === target);
      const kept = grows ? undefined : before;
      const topic = kept ? await openFrozen(archive, kept) : await archive.topic(source);
      if (before) planPartitions(archive, topic, before); // It must be the beginning of what is planned now.
      opened.set(target, topic);
      plan.push(kept ?? freeze({ source, target }, topic));
    }
    return { ...document, delivery, plan };
  };

  const plans = (report: Report): PartitionPlan[] => {
    const planned = archive;
    if (planned === null) return [];
    return report.plan.flatMap((topic) => {
      const found = opened.get(topic.target);
      if (!found) throw new Error(`topic ${topic.source} was planned and not opened`);
      return planPartitions(planned, found, topic);
    });
  };
  return { first, plans };
}

/**
 * Whether a run does only what it was asked to do besides restoring. Only a report that is Done leaves nothing else to do:
 * whoever asked may have seen another one, that is gone by now.
 */
export function isErrand(onlyPutBack: boolean | undefined, { state }: Report): boolean {
  return onlyPutBack === true && state === 'Done';
}

function assertMapped(planned: PlannedTopic, mappings: RestoreOrder['topics']): void {
  if (mappings.some(({ target, source }) => target === planned.target && source === planned.source)) return;
  throw new RekindleError(
    'InvalidConfiguration',
    `The restore of ${planned.source} into ${planned.target} has begun and is not mapped any more. Bring the mapping back, or start from zero.`,
  );
}

/** Two kinds of writers in one topic would not shut each other out. */
function deliveryFor({ delivery }: RestoreOrder, { delivery: begun, topics }: Report): DeliveryKind {
  if (topics.length === 0 || delivery === begun) return delivery;
  throw new RekindleError(
    'InvalidConfiguration',
    `The restore has begun with delivery ${begun} and cannot go on with ${delivery}. Set it back.`,
  );
}

const orphaned = (topic: TopicReport): TopicReport => ({
  ...topic,
  partitions: topic.partitions.map((partition) => ({ ...partition, orphaned: true, proved: 0, provedLast: null })),
});

function assertSameRestore(previous: Report, uid: string): void {
  if (previous.restore.uid === uid) return;
  const { namespace, name } = previous.restore;
  throw new RekindleError(
    'ReportOfAnotherRestore',
    `The report belongs to Restore ${namespace}/${name} (${previous.restore.uid}), not to ${uid}. Use that Restore's volume for it only; give this one an empty volume.`,
  );
}
