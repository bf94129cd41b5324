import type { TopicAdmin } from '../kafka/admin.ts';
import { claimedBefore, type Claim, type ClaimedTopic } from '../model/claim.ts';
import { heldSentence, unknownSentence } from '../model/held-retention.ts';
import { RekindleError } from '../model/reasons.ts';
import { doubt, hasGuards, type Report, type TopicReport } from '../model/report.ts';
import { guardable, markOf, ownConfigs, unguard } from './guards.ts';
import { defaultRetention, retentionOf, wouldDelete } from './retention.ts';
import type { Step } from './steps.ts';
import type { TargetTopic } from './target.ts';

/** A topic whose retention stays off, because it would delete restored records. */
export interface Held {
  topic: string;
  message: string;
}

/**
 * Gives topics the configuration that they are to have in the end: what the archive says of one that was just made, what
 * one had before it was guarded. Where retention would then delete restored records, it stays off and the topic is named.
 * The report is told what is still set; the caller writes it.
 * @param confirm called before each change; throws `ReportTakenOver` once the topics are another process's to guard
 * @param agreed a person has agreed that retention deletes what it would delete
 * @param unfinished the restore is to go on: a topic that its configuration would have compacted stays as it is, because
 *   the records that compaction takes could not be proved any more
 */
export async function putConfigurationBack(
  admin: TopicAdmin,
  topics: readonly TargetTopic[],
  claimed: readonly ClaimedTopic[],
  of: { report: Report; agreed: boolean; unfinished: boolean; step: Step; confirm: () => Promise<void> },
): Promise<{ held: Held[]; kept: string[] }> {
  const { report, agreed, unfinished, step, confirm } = of;
  const held: Held[] = [];
  const kept: string[] = [];
  for (const { name, plans } of topics) {
    const final = claimed.find((topic) => topic.name === name)?.finalConfigs;
    const begun = report.topics.find(({ target }) => target === name);
    const standing = final === undefined && begun ? await guardsLeft(admin, begun) : {};
    // Somebody has deleted its claim.
    if (Object.keys(standing).length > 0) held.push({ topic: name, message: unknownSentence(name, standing) });
    const guarded = begun && Object.keys(begun.guards);
    if (!final || guarded?.length === 0) continue;
    await step('restoring-configuration');
    const description = (await admin.describe([name])).get(name);
    if (!description) continue;
    const leader = description.partitions[0]?.leader ?? 0;
    if (unfinished && final['cleanup.policy']?.includes('compact') === true) {
      kept.push(name);
      continue;
    }
    const retention = retentionOf(final, defaultRetention(await admin.brokerConfigs(leader)));
    const deletes = plans.some(({ segments }) =>
      wouldDelete(
        retention,
        segments.map(({ summary }) => summary),
        Date.now(),
      ),
    );
    const changes = unguard(final, deletes && !agreed, guarded ?? guardable(await admin.configs(name)));
    await confirm();
    await admin.alterConfigs(name, changes);
    if (begun) begun.guards = left(begun.guards, changes);
    // Until the restore goes on nothing keeps what is there.
    if (unfinished && begun) doubt(begun);
    if (deletes && !agreed) {
      held.push({ topic: name, message: heldSentence(name, retention) });
    }
  }
  return { held, kept };
}

/** What the restore has set and still stands on the topic itself: brokers may have the same for a default. */
async function guardsLeft(admin: TopicAdmin, begun: TopicReport): Promise<Record<string, string>> {
  const { target, id, guards } = begun;
  if (!hasGuards(begun) || (await admin.describe([target])).get(target)?.id !== id) return {};
  const own = ownConfigs(await admin.configs(target));
  return Object.fromEntries(Object.entries(guards).filter(([name, value]) => own[name] === value));
}

/** What the report of a restore that is done says of topics whose retention stays off, in one sentence for all. */
export function heldBefore({ hold, topics }: Report): Held[] {
  const topic = topics.find(hasGuards)?.target;
  return hold?.reason === 'RetentionHeld' && topic !== undefined ? [{ topic, message: hold.message }] : [];
}

/**
 * What claims on record say of these topics as they are now; for a run that has claimed nothing itself.
 * @throws RekindleError `KafkaUnreachable` when all of them are of another cluster
 */
export async function claimedOf(
  { admin, cluster }: { readonly admin: TopicAdmin; readonly cluster: { readonly clusterId: string } },
  topics: readonly TargetTopic[],
  claims: readonly Claim[],
): Promise<ClaimedTopic[]> {
  if (claims.length > 0 && !claims.some(({ clusterId }) => clusterId === cluster.clusterId)) {
    throw new RekindleError(
      'KafkaUnreachable',
      `The restore began in another Kafka cluster than ${cluster.clusterId}, to which the bootstrap servers belong now. Point them back.`,
    );
  }
  const found = await admin.describe(topics.map(({ name }) => name));
  const claimed: ClaimedTopic[] = [];
  for (const [name, { id }] of found) {
    const before = claimedBefore(claims, cluster.clusterId, name, { id, mark: markOf(await admin.configs(name)) });
    if (before) claimed.push(before);
  }
  return claimed;
}

function left(
  guards: Readonly<Record<string, string>>,
  { set, delete: removed }: { set: Readonly<Record<string, string>>; delete: readonly string[] },
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(guards).filter(([name]) => !Object.hasOwn(set, name) && !removed.includes(name)),
  );
}
