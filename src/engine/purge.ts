import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import { committedGroups, type CommittedGroups } from '../kafka/consumer-groups.ts';
import { Code, KafkaProtocolError } from '../kafka/errors.ts';
import { agrees, type Approval } from '../model/holds.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Logger } from '../telemetry/log.ts';
import type { OfPartition } from './partition.ts';
import type { Step } from './steps.ts';
import { Census, type Holdings, type Lot } from './census.ts';
import { truncated } from './truncation.ts';

export interface PurgeContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly logger: Logger;
  readonly step: Step;
  /**
   * Makes sure that nobody has taken the restore over, after it was decided what is deleted and before it is: whoever
   * takes over later writes behind that. Throws if somebody has.
   */
  readonly confirm: (partitions: readonly OfPartition[]) => Promise<void>;
}

export interface PurgeOptions {
  /** What a person has agreed to. */
  readonly approved?: Approval | null;
  /** Remembers what was read before. */
  readonly census?: Census;
  /** Never without a person's agreement, even if everything is ours. */
  readonly askAlways?: boolean;
  /** Why the partitions begin again, for the person who must agree. Default: it is a start from zero. */
  readonly because?: string;
}

/**
 * Deletes our own records of partitions that begin again. Everything below the cut must be ours, and no consumer group
 * may have read from the topic: its position would point past the new records. Else, or where that cannot be seen, a
 * person must agree.
 * @param ends offset to cut at, by partition
 * @param own producer ids of this restore
 * @throws RekindleError `ResetNeedsApproval`; nothing was deleted then
 */
export async function purge(
  { cluster, admin, logger, step, confirm }: PurgeContext,
  topic: string,
  description: TopicDescription,
  ends: ReadonlyMap<number, number>,
  own: ReadonlySet<number>,
  { approved = null, census = new Census(), askAlways = false, because = startsFromZero(topic) }: PurgeOptions = {},
): Promise<void> {
  const groups = await committedGroups(cluster, topic);
  const earliest = await admin.endOffsets(topic, [...ends.keys()], 'earliest');
  const holdings: Holdings[] = [];
  for (const [partition, to] of ends) {
    const span = { from: earliest.get(partition) ?? 0, to };
    holdings.push(await census.take(cluster, description, { topic, partition }, span, own));
  }
  const objection = objectionTo(because, holdings, groups, askAlways);
  if (objection !== null && !agrees(approved, 'ResetNeedsApproval', objection)) {
    throw new RekindleError('ResetNeedsApproval', objection);
  }
  await step('purge-decided');
  await confirm([...ends.keys()].map((partition) => ({ plan: { target: topic, partition } })));
  await deleteBelow(admin, topic, ends);
  await step('purged');
  logger.info({ topic, partitions: ends.size, approved: objection !== null }, 'purged: the restore starts from zero');
}

/**
 * @param ends offset to delete up to, by partition; all below it is replicated
 * @throws RekindleError `TargetTruncated` when a log does not reach that far any more: nobody knows whose records it has now
 */
export async function deleteBelow(admin: TopicAdmin, topic: string, ends: ReadonlyMap<number, number>): Promise<void> {
  try {
    await admin.deleteRecords(topic, ends);
  } catch (error) {
    if (!(error instanceof KafkaProtocolError) || error.code !== Code.OffsetOutOfRange) throw error;
    throw truncated(topic, 'a log does not reach up to where its records were to be deleted');
  }
}

export const startsFromZero = (topic: string): string =>
  `Topic ${topic} holds records from before, and this restore starts from zero.`;

/** Partitions that a sentence names one by one. */
const NAMED_PARTITIONS = 10;

/**
 * Why a person must agree before this is deleted, and all that is; null when it concerns nobody but this restore.
 * @param because why it would be deleted
 * @param groups that have committed offsets on the topic
 * @param askAlways though it concerns nobody else
 */
export function objectionTo(
  because: string,
  holdings: readonly Holdings[],
  groups: CommittedGroups,
  askAlways = false,
): string | null {
  const foreign = sum(holdings.map((of) => of.foreign));
  const filled = holdings.filter(({ own, foreign: others }) => own !== null || others !== null);
  // Where there is nothing, nobody can have read it.
  const unseen = !groups.complete && filled.length > 0;
  if (foreign === 0 && groups.names.length === 0 && !unseen && !askAlways) return null;

  const named = filled.slice(0, NAMED_PARTITIONS).map(deletion);
  const rest = filled.slice(NAMED_PARTITIONS);
  if (rest.length > 0) {
    const [ours, others] = [sum(rest.map(({ own }) => own)), sum(rest.map((of) => of.foreign))];
    named.push(`${rest.length} more partitions with ${ours} records of this restore and ${others} of others`);
  }
  return `${because} That would delete: ${named.join('; ')}.${readers(groups.names)}${unseen ? UNSEEN : ''} ${wayOut(groups.names)}`;
}

const UNSEEN =
  ' The Kafka user may not see all consumer groups, and some may have read that: allow it Describe on the cluster and on all consumer groups.';

const readers = (groups: readonly string[]): string =>
  groups.length === 0 ? '' : ` Consumer groups have committed offsets on it and may have read that: ${list(groups)}.`;

const wayOut = (groups: readonly string[]): string =>
  groups.length === 0
    ? 'Delete the topic yourself, or restore into another one.'
    : "Delete these groups' offsets or the topic yourself, or restore into another one.";

function deletion({ partition, own, foreign }: Holdings): string {
  const from = Math.min(own?.from ?? Infinity, foreign?.from ?? Infinity);
  const to = Math.max(own?.to ?? 0, foreign?.to ?? 0);
  const others =
    foreign === null
      ? ''
      : ` and ${foreign.records} that others wrote between offsets ${foreign.from} and ${foreign.to - 1}`;
  return `in partition ${partition} offsets ${from} to ${to - 1}, ${own?.records ?? 0} records of this restore${others}`;
}

const sum = (lots: readonly (Lot | null)[]): number => lots.reduce((records, lot) => records + (lot?.records ?? 0), 0);

const list = (groups: readonly string[]): string =>
  groups.length <= NAMED_PARTITIONS
    ? groups.join(', ')
    : `${groups.slice(0, NAMED_PARTITIONS).join(', ')} and ${groups.length - NAMED_PARTITIONS} more`;
