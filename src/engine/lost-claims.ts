import { claimedBefore, type Claim, type ClaimedTopic } from '../model/claim.ts';
import { hasGuards, type Report, type TopicReport } from '../model/report.ts';
import { guardsStanding, identityOf } from './claiming.ts';
import { finalConfigs, isGuarded, markOf, ownConfigs } from './guards.ts';
import type { FoundTopic } from './preflight.ts';
import type { TargetTopic } from './target.ts';

/** A topic as it was found, and what the report knows of it. */
export interface LookedAt {
  readonly topic: TargetTopic;
  readonly found: FoundTopic | undefined;
  readonly begun: TopicReport | undefined;
}

export interface LostClaims {
  /** What the report still says, in the place of the claims: one claim, or none. */
  readonly rebuilt: readonly Claim[];
  /** Guards hide what topics had before, and nothing knows that any more: for the person who must decide. */
  readonly message: string | null;
}

/**
 * Topics that the report knows and no claim does. A claim is recorded before the report knows of its topics, and stays for
 * good: somebody has deleted it, or made it unreadable.
 * @param clusterId where they were found, the report's own
 */
export function lostClaims(
  report: Report,
  clusterId: string,
  earlier: readonly Claim[],
  looked: readonly LookedAt[],
): LostClaims {
  const topics: ClaimedTopic[] = [];
  const sentences: string[] = [];
  for (const { topic, found, begun } of looked) {
    // What came into its place a moment ago is another topic's business.
    if (!begun || found?.description.id !== begun.id) continue;
    const identity = identityOf(found, begun);
    if (claimedBefore(earlier, clusterId, topic.name, identity)) continue;
    const set = stillSet(topic, found, begun, identity.mark);
    topics.push(rebuiltTopic(topic, found, begun, { set, mark: identity.mark }));
    if (set.length > 0) sentences.push(sentenceOf(topic, found, set, identity.mark !== null));
  }
  if (topics.length === 0) return { rebuilt: [], message: null };
  const { restore, delivery, transactionalId, producer, producerIds } = report;
  const rebuilt: Claim = {
    clusterId,
    restore,
    transactionalIds: delivery === 'Transactional' ? [transactionalId] : [],
    producerIds: [...new Set([...producerIds, ...(producer ? [producer.producerId] : [])])],
    topics,
  };
  const message = sentences.length === 0 ? null : `${sentences.join(' ')} ${BRING_BACK}`;
  return { rebuilt: [rebuilt], message };
}

const BRING_BACK =
  'Claims are ConfigMaps in the namespace of the operator, on the command line claim.json beside the report: bring back what was deleted, and it goes on by itself.';

function sentenceOf({ name }: TargetTopic, { configs }: FoundTopic, set: readonly string[], made: boolean): string {
  const values = set.map((guard) => `${guard}=${configs.get(guard)?.value ?? ''}`).join(', ');
  const inTheEnd = made
    ? 'It is one that the restore has made, and would get what the archive says in the end.'
    : "It would get the brokers' defaults in the end; what it had of its own you would set again then.";
  return `The claim of topic ${name} is gone, and with it what the topic had before the restore set ${values}. ${inTheEnd}`;
}

/** Names of the guards that are still on. A run that died before it wrote its report has set some that it does not know. */
function stillSet(topic: TargetTopic, { configs }: FoundTopic, { guards }: TopicReport, mark: string | null): string[] {
  const own = ownConfigs(configs);
  const reported = Object.keys(guards).filter((name) => own[name] === guards[name]);
  const isGuardedAnew = isGuarded(configs) || markOf(configs) !== null;
  return [...new Set([...reported, ...(isGuardedAnew ? guardsStanding(topic, configs, mark) : [])])];
}

/** @param of.set names of guards; what stands there besides is the topic's own */
function rebuiltTopic(
  { name, plans }: TargetTopic,
  { configs }: FoundTopic,
  begun: TopicReport,
  { set, mark }: { set: readonly string[]; mark: string | null },
): ClaimedTopic {
  // Nobody else sets a mark.
  const made = mark !== null;
  const archived = made ? finalConfigs(plans[0]?.topic.configs ?? {}) : {};
  const own = Object.entries(ownConfigs(configs)).filter(([guard]) => !set.includes(guard));
  const given = Object.entries(archived).filter(([guard]) => set.includes(guard));
  const known = new Map(begun.partitions.map(({ partition, start }) => [partition, start]));
  const starts = Array.from({ length: Math.max(-1, ...known.keys()) + 1 }, (_, partition) => known.get(partition) ?? 0);
  return {
    name,
    id: begun.id,
    createdByUs: made,
    mark,
    emptyAtStart: starts.every((start) => start === 0),
    starts,
    finalConfigs: hasGuards(begun) || set.length > 0 ? Object.fromEntries([...own, ...given]) : null,
    guards: Object.keys(begun.guards),
  };
}
