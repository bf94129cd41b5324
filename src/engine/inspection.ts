import { mergeClaims, type Claim } from '../model/claim.ts';
import type { Approval } from '../model/holds.ts';
import type { RestoreOrder } from '../model/order.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Report, TopicReport } from '../model/report.ts';
import { assertAgreed } from './agreement.ts';
import { claimTopic } from './claiming.ts';
import { hasGrown, othersBehind } from './in-use.ts';
import { lostClaims, type LookedAt } from './lost-claims.ts';
import { checkIndexes, checkTopic, look, type Finding } from './preflight.ts';
import { replacementIn } from './replacement.ts';
import type { Target } from './target-link.ts';
import type { TargetTopic } from './target.ts';

export interface Inspection {
  readonly target: Target;
  readonly order: RestoreOrder;
  readonly report: Report;
  readonly topics: readonly TargetTopic[];
  /** Claims of the same Restore, recorded before. */
  readonly earlier: readonly Claim[];
  /** What a person has agreed to. */
  readonly approved: Approval | null;
}

export interface Inspected {
  readonly findings: Finding[];
  /** What the restore is about to claim. */
  readonly claim: Claim;
  /** Claims of the same Restore, with what the report says in the place of those that are gone. */
  readonly earlier: readonly Claim[];
  /** Topics of the report that are other ones now: a person has agreed that the restore begins anew in them. */
  readonly anew: readonly string[];
}

/**
 * Looks at the whole target before anything is written: what a person must change, what is to be claimed, and what a
 * person must agree to. A producer id is taken if the restore has none. What is agreed to is noted in the report.
 * @throws RekindleError `InvalidConfiguration`, `TargetReplaced`, `ClaimMissing`, `TargetInUse`, `IndexDamaged`, `SegmentMissing`, `KafkaUnreachable`
 */
export async function inspectTarget(inspection: Inspection): Promise<Inspected> {
  const { target, order, report, topics, approved } = inspection;
  const { cluster, admin, delivery } = target;
  const { clusterId } = cluster;
  const anew = await replacedTopics(inspection);
  const known = report.topics.filter((topic) => !anew.includes(topic.target));

  const objection = hasBegun(inspection) ? null : await delivery.objection();
  if (objection !== null) throw new RekindleError('InvalidConfiguration', objection);
  const looked: LookedAt[] = [];
  for (const topic of topics) {
    const found = await look(admin, topic.name);
    const begun = known.find((of) => of.target === topic.name);
    if (!begun) await checkIndexes(topic);
    looked.push({ topic, found, begun });
  }
  const lost = lostClaims(report, clusterId, inspection.earlier, looked);
  if (lost.message !== null) assertAgreed(report, approved, { reason: 'ClaimMissing', message: lost.message });
  const earlier = [...inspection.earlier, ...lost.rebuilt];

  const append = order.existingData === 'Append';
  const proved = report.proof !== null;
  const context = { earlier, clusterId, createTopics: order.createTopics, append, proved, now: Date.now() };
  const findings: Finding[] = [];
  const claimed: Claim['topics'] = [];
  for (const { topic, found, begun } of looked) {
    const claim = claimTopic(topic, found, begun, { ...context, guardTarget: order.guardTarget });
    findings.push(...checkTopic(topic, found, claim, { ...context, resumed: begun !== undefined }));
    claimed.push(claim);
  }

  const nothingFound = findings.length === 0;
  const producer = (await delivery.holder()) ?? (nothingFound ? await delivery.first() : null);
  const claim = mergeClaims(earlier, {
    clusterId,
    restore: order.restore,
    transactionalIds: delivery.transactionalId === null ? [] : [delivery.transactionalId],
    producerIds: producer ? [producer.producerId] : [],
    topics: claimed,
  });
  if (nothingFound && !append) await assertNotInUse(inspection, known, claim);
  return { findings, claim, earlier, anew };
}

/** It writes already as it is to write: by the report, or by a claim of one that is gone. */
const hasBegun = ({ report, earlier, target }: Inspection): boolean =>
  report.topics.length > 0 ||
  earlier.some(
    ({ clusterId, transactionalIds }) => clusterId === target.cluster.clusterId && transactionalIds.length === 0,
  );

/** Topics that are not those of the report, once a person has agreed to begin anew in them. */
async function replacedTopics({ target, report, approved }: Inspection): Promise<readonly string[]> {
  const { cluster, admin } = target;
  const found = await admin.describe(report.topics.map((topic) => topic.target));
  const replacement = replacementIn(report, cluster.clusterId, found);
  if (replacement === null) return [];
  assertAgreed(report, approved, { reason: 'TargetReplaced', message: replacement.message });
  return replacement.topics;
}

/** A restore that was done goes on behind its own records, or where a person has agreed to others' between. */
async function assertNotInUse(
  { target, report, topics, approved }: Inspection,
  known: readonly TopicReport[],
  claim: Claim,
): Promise<void> {
  if (report.proof === null) return;
  const own = new Set(claim.producerIds);
  if (report.producer) own.add(report.producer.producerId);
  const grown = topics.filter((topic) => hasGrown(known, topic));
  const descriptions = await target.admin.describe(grown.map(({ name }) => name));
  const sentences: string[] = [];
  for (const { name } of grown) {
    const [description, begun] = [descriptions.get(name), known.find((topic) => topic.target === name)];
    const sentence = description && begun && (await othersBehind(target, description, begun, own));
    if (sentence) sentences.push(sentence);
  }
  const message = sentences.join(' ');
  if (message !== '') assertAgreed(report, approved, { reason: 'TargetInUse', message });
}
