import type { TopicDescription } from '../kafka/admin.ts';
import type { Claim } from '../model/claim.ts';
import { agrees, type Approval } from '../model/holds.ts';
import { RekindleError } from '../model/reasons.ts';
import { doubt, hasGuards, type TopicReport } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { beginTopic, unknownPartitions } from './beginning.ts';
import type { Census } from './census.ts';
import type { EarlierWriters } from './earlier-writers.ts';
import { topicsLeftAlone, whatRevertedGuards } from './guard-watch.ts';
import type { Journal } from './journal.ts';
import type { PurgeContext } from './purge.ts';
import { sameTopics } from './replacement.ts';
import type { Step } from './steps.ts';
import type { Target } from './target-link.ts';
import { ensureTopic, guardTopic, type TargetTopic } from './target.ts';

export interface Preparation {
  readonly target: Target;
  readonly journal: Journal;
  readonly topics: readonly TargetTopic[];
  /** Claims of the same Restore from before this one was recorded. */
  readonly earlier: readonly Claim[];
  /** The claim as it was recorded. */
  readonly claimed: Claim;
  /** Grows by the producer ids of earlier writers. */
  readonly ownIds: Set<number>;
  /** Others' records may be in the target. */
  readonly append: boolean;
  /** What a person has agreed to. */
  readonly approved: Approval | null;
  readonly census: Census;
  readonly earlierWriters: EarlierWriters;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * Makes the target ready and notes in the report where everything begins; the caller writes the report. What was done
 * already stays as it is when this is asked for again.
 * @returns the claim, with the ids of topics that were created and what is set on them
 * @throws RekindleError `TargetReplaced`, and `TargetUnclaimed` once that is agreed to; `GuardReverted`, `ResetNeedsApproval`, `TopicMissing`, `KafkaUnreachable` …
 */
export async function prepareTarget(preparation: Preparation): Promise<Claim> {
  const { target, journal, topics, earlier, earlierWriters, claimed, logger, step } = preparation;
  const { cluster, admin } = target;
  const { report } = journal;
  await assertAsWeLeftIt(preparation);
  await step('preparing');
  await journal.stillOurs();

  const known = new Map(report.topics.map((topic) => [topic.target, topic]));
  const descriptions = new Map<string, TopicDescription>();
  const guards = new Map<string, Record<string, string>>();
  for (const topic of topics) {
    const claim = claimOf(topic, claimed);
    descriptions.set(topic.name, await ensureTopic({ admin, logger }, topic, claim));
    const begun = known.get(topic.name);
    guards.set(topic.name, await guardTopic({ admin, logger }, topic, claim, begun));
    // Nothing has kept until now what is there.
    if (begun && claim.finalConfigs !== null && !hasGuards(begun) && report.proof === null) doubt(begun);
  }

  const unknown = topics.filter((topic) => unknownPartitions(topic, known.get(topic.name)).length > 0);
  const own = preparation.ownIds;
  if (unknown.length > 0 && earlier.length > 0) {
    for (const id of await earlierWriters.fence(target, claimed, unknown, () => journal.stillOurs())) own.add(id);
  }
  const confirm: PurgeContext['confirm'] = async (deleted) => {
    await journal.stillOurs();
    await earlierWriters.confirm(deleted);
  };
  // Noted together with their cluster, or not at all: a topic without one would be taken for one of another.
  const begunNow = new Map<string, TopicReport>();
  for (const topic of unknown) {
    const description = descriptions.get(topic.name);
    if (description === undefined) continue;
    const { starts } = claimOf(topic, claimed);
    const context = { ...preparation, cluster, admin, own, confirm };
    begunNow.set(topic.name, await beginTopic(context, topic, description, known.get(topic.name), starts));
  }
  report.topics = [
    ...report.topics.map((topic) => begunNow.get(topic.target) ?? topic),
    ...[...begunNow.values()].filter(({ target: name }) => !known.has(name)),
  ];
  for (const topic of report.topics) topic.guards = guards.get(topic.target) ?? {};
  report.clusterId = cluster.clusterId;
  report.state = 'Restoring';
  report.proof = null;
  return {
    ...claimed,
    topics: claimed.topics.map((topic) => ({
      ...topic,
      id: descriptions.get(topic.name)?.id ?? topic.id,
      guards: Object.keys(guards.get(topic.name) ?? {}),
    })),
  };
}

/** On a resume: the target is the one that the report speaks of, and still keeps what was restored. */
async function assertAsWeLeftIt({ target, journal, topics, claimed, approved }: Preparation): Promise<void> {
  const { admin } = target;
  const { report } = journal;
  await sameTopics(target, report, approved);
  // Once it is proved, the topics may have their own configuration back.
  if (report.proof !== null) return;
  const reversion = await whatRevertedGuards(admin, report, topicsLeftAlone(topics, claimed));
  if (reversion === null) return;
  // Guards are about to be set again; what is left alone is not.
  if (reversion.leftAlone || !agrees(approved, 'GuardReverted', reversion.message)) {
    throw new RekindleError('GuardReverted', reversion.message);
  }
}

function claimOf({ name }: TargetTopic, { topics }: Claim): Claim['topics'][number] {
  const claim = topics.find((topic) => topic.name === name);
  if (!claim) throw new Error(`no claim of topic ${name}`);
  return claim;
}
