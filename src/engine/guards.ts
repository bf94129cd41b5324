import { randomInt } from 'node:crypto';
import type { ConfigEntry } from '../kafka/admin.ts';
import type { alwaysGuarded } from '../model/claim.ts';
import { retentionNames } from '../model/held-retention.ts';
import type { SegmentSummary } from '../archive/reader.ts';
import { wouldDelete } from './retention.ts';
import { timeSpanOf } from './time-span.ts';

/** The broker's default of `max.message.bytes`. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
const FOREVER = '9223372036854775807';

/**
 * Topic configuration under which restored records stay as they are: nothing is deleted by age or size, nothing is
 * compacted, recompressed or given another time.
 */
const guards: Readonly<Record<(typeof alwaysGuarded)[number], string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'compression.type': 'producer',
  'message.timestamp.type': 'CreateTime',
};

/** How far a record's time may lie from the broker's clock; which of them there are depends on the version of Kafka. */
export const timestampLimits = [
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'message.timestamp.difference.max.ms',
] as const;

/** Configuration that belongs to a cluster's brokers, not to the topic's records. */
const boundToCluster = (name: string): boolean =>
  /^(leader|follower)\.replication\.throttled\.replicas$|^remote\.|^local\.retention\.|^confluent\./.test(name);

/** What a topic of the archive is to be configured like in the end. */
export function finalConfigs(archived: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(archived).filter(([name]) => !boundToCluster(name)));
}

export interface GuardOptions {
  /** Bytes of the largest batch that is to come. */
  readonly largestBatch: number;
  /** Bytes of the largest batch that the topic takes by itself. Default that of a broker. */
  readonly limit?: number;
  /** Of the configuration that depends on the version of Kafka, what the brokers know: they refuse any other. */
  readonly served: ReadonlySet<string>;
  /** Of a topic that the restore creates: see {@link newMark}. Default none. */
  readonly mark?: string | null;
}

/** How much sooner than for ever a mark ends at most, ms. */
const MARKS_MS = 2 ** 48 - 1;

/**
 * A mark for a topic that is to be created. Topics have no room for words of our own, but one for ever is as good as
 * another: it is a limit of timestamps that ends some thousand years sooner.
 */
export const newMark = (): string => String(BigInt(FOREVER) - BigInt(randomInt(1, MARKS_MS)));

/** A limit that somebody has chosen for what it means ends millions of years before. */
function isMark(limit: string): boolean {
  const sooner = BigInt(FOREVER) - BigInt(limit);
  return sooner > 0n && sooner < MARKS_MS;
}

/** The mark among what is set on a topic; null if there is none. */
export const markAmong = (set: Readonly<Record<string, string>>): string | null =>
  timestampLimits.flatMap((name) => set[name] ?? []).find(isMark) ?? null;

/** The mark that a topic bears; null if it was not created by a restore, or is not guarded any more. */
export const markOf = (found: ReadonlyMap<string, ConfigEntry>): string | null => markAmong(ownConfigs(found));

/** What is set on a topic for the time of the restore. */
export function guardsFor({
  largestBatch,
  limit = DEFAULT_MAX_MESSAGE_BYTES,
  served,
  mark = null,
}: GuardOptions): Record<string, string> {
  const limits = timestampLimits.filter((name) => served.has(name)).map((name) => [name, mark ?? FOREVER] as const);
  return {
    ...guards,
    ...Object.fromEntries(limits),
    ...(largestBatch > limit ? { 'max.message.bytes': String(largestBatch) } : {}),
  };
}

/** The final configuration of a topic of ours with the guards over it. */
export function guardedConfigs(
  final: Readonly<Record<string, string>>,
  options: Omit<GuardOptions, 'limit'>,
): Record<string, string> {
  const own = final['max.message.bytes'];
  const taken = Object.entries(final).filter(([name]) => !dependsOnVersion(name) || options.served.has(name));
  return {
    ...Object.fromEntries(taken),
    ...guardsFor({ ...options, ...(own === undefined ? {} : { limit: Number(own) }) }),
  };
}

/** Configuration that an older cluster's topics may have and newer brokers refuse. */
const dependsOnVersion = (name: string): boolean =>
  timestampLimits.some((limit) => limit === name) || /^message\.(format\.version|downconversion\.enable)$/.test(name);

/** Of the topic configuration that depends on the version of Kafka, what a broker with this configuration knows. */
export function servedConfigs(broker: ReadonlyMap<string, unknown>): Set<string> {
  return new Set([...broker.keys()].map((name) => name.replace(/^log\./, '')).filter(dependsOnVersion));
}

/** What is set on the topic itself: what an existing topic gets back in the end. */
export function ownConfigs(found: ReadonlyMap<string, ConfigEntry>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, { value, source }] of found) if (source === 'topic' && value !== null) own[name] = value;
  return own;
}

/** Whether all guards stand on the topic itself: nobody but a restore sets all of them. */
export function isGuarded(found: ReadonlyMap<string, ConfigEntry>): boolean {
  const own = ownConfigs(found);
  return Object.entries(guardsFor({ largestBatch: 0, served: new Set(found.keys()) })).every(
    ([name, value]) => own[name] === value,
  );
}

/**
 * Names of what stands on the topic itself with the very value that a guard gives it. Of one name alone that proves
 * nothing: its owner may have chosen the same.
 * @param of.batchBytes sizes of batches, one of which was the largest when the guards were set
 * @param of.mark of a topic that the restore has created
 */
export function guardsOn(
  found: ReadonlyMap<string, ConfigEntry>,
  { batchBytes, mark }: { batchBytes: ReadonlySet<number>; mark: string | null },
): string[] {
  const own = ownConfigs(found);
  const set = guardsFor({ largestBatch: 0, served: new Set(found.keys()), mark });
  const names = Object.keys(set).filter((name) => own[name] === set[name]);
  return batchBytes.has(Number(own['max.message.bytes'])) ? [...names, 'max.message.bytes'] : names;
}

/** A guard that somebody has changed. */
export interface Reverted {
  readonly name: string;
  readonly wanted: string;
  readonly found: string;
}

/** Which of the guards that were set are not in force any more. */
export function revertedGuards(
  set: Readonly<Record<string, string>>,
  found: ReadonlyMap<string, ConfigEntry>,
): Reverted[] {
  return Object.entries(set)
    .map(([name, wanted]) => ({ name, wanted, found: found.get(name)?.value ?? 'not set' }))
    .filter(({ wanted, found: value }) => value !== wanted);
}

/** Everything that a guard may be on, for a topic of which it is not known what was set. */
export function guardable(found: ReadonlyMap<string, ConfigEntry>): string[] {
  return [...Object.keys(guards), ...timestampLimits, 'max.message.bytes'].filter((name) => found.has(name));
}

export const isRetention = (name: string): boolean => (retentionNames as readonly string[]).includes(name);

/**
 * How to take the guards off again: each guarded name gets its final value, or none of its own.
 * @param keepRetention leave time and size retention off, because it would delete restored records
 * @param names that were guarded
 */
export function unguard(
  final: Readonly<Record<string, string>>,
  keepRetention: boolean,
  names: readonly string[],
): { set: Record<string, string>; delete: string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const name of names) {
    if (keepRetention && isRetention(name)) continue;
    const value = final[name];
    if (value === undefined) remove.push(name);
    else set[name] = value;
  }
  return { set, delete: remove };
}

/**
 * How far a record's time may lie from the broker's clock on this side, ms. One limit for both sides was all that brokers
 * had before Kafka 3.6; from then to 3.9 it holds where the limit of a side is not set, and newer ones do not have it.
 */
function timestampLimit(
  side: 'before' | 'after',
  configs: ReadonlyMap<string, ConfigEntry>,
): { name: string; ms: number } {
  const limitOf = (name: string): { name: string; ms: number } => ({
    name,
    ms: Number(configs.get(name)?.value ?? FOREVER),
  });
  const own = limitOf(`message.timestamp.${side}.max.ms`);
  return own.ms < Number(FOREVER) ? own : limitOf('message.timestamp.difference.max.ms');
}

/** What the archive has for a topic, partition by partition. */
type Partitions = readonly (readonly SegmentSummary[])[];

/** Why the configuration of a topic that is not ours is not fit for the restore; empty if it is. */
export const unguarded = (configs: ReadonlyMap<string, ConfigEntry>, partitions: Partitions, now: number): string[] => [
  ...unkept(configs, partitions, now),
  ...unserved(configs, partitions, now),
];

/** Why restored records would not stay as they are; empty if they would. */
export function unkept(configs: ReadonlyMap<string, ConfigEntry>, partitions: Partitions, now: number): string[] {
  const value = (name: string): string => configs.get(name)?.value ?? '';
  const complaints: string[] = [];
  if (value('cleanup.policy').includes('compact')) complaints.push('cleanup.policy=compact would remove records');
  const retention = { ms: Number(value('retention.ms')), bytes: Number(value('retention.bytes')), deletes: true };
  if (partitions.some((segments) => wouldDelete({ ...retention, bytes: -1 }, segments, now))) {
    complaints.push(`retention.ms=${retention.ms} would delete records older than that`);
  }
  if (partitions.some((segments) => wouldDelete({ ...retention, ms: -1 }, segments, now))) {
    complaints.push(`retention.bytes=${retention.bytes} is less than what a partition gets`);
  }
  if (value('compression.type') !== 'producer') {
    complaints.push(`compression.type=${value('compression.type')} would recompress every batch; set it to producer`);
  }
  if (value('message.timestamp.type') !== 'CreateTime') {
    complaints.push('message.timestamp.type=LogAppendTime would replace the timestamps');
  }
  return complaints;
}

/** Why brokers would refuse records that are still to come; empty if they would take them. */
export function unserved(configs: ReadonlyMap<string, ConfigEntry>, partitions: Partitions, now: number): string[] {
  const complaints: string[] = [];
  const span = timeSpanOf(partitions.flat());
  const [before, after] = [timestampLimit('before', configs), timestampLimit('after', configs)];
  if (span && span.oldest < now - before.ms) complaints.push(`${before.name}=${before.ms} would refuse older records`);
  if (span && span.newest > now + after.ms) {
    complaints.push(`${after.name}=${after.ms} would refuse records from ${new Date(span.newest).toISOString()}`);
  }
  return complaints;
}

/** The largest batch of the plan that the topic takes. */
export const maxMessageBytes = (configs: ReadonlyMap<string, ConfigEntry>): number =>
  Number(configs.get('max.message.bytes')?.value ?? DEFAULT_MAX_MESSAGE_BYTES);
