import type { ConfigEntry } from '../kafka/admin.ts';
import type { SegmentSummary } from '../archive/reader.ts';

/** The broker's default of `max.message.bytes`. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
const FOREVER = '9223372036854775807';

/**
 * Topic configuration under which restored records stay as they are: nothing is deleted by age or size, nothing is
 * compacted, recompressed or given another time.
 */
const guards: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'compression.type': 'producer',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.before.max.ms': FOREVER,
  'message.timestamp.after.max.ms': FOREVER,
};

/** Configuration that belongs to a cluster's brokers, not to the topic's records. */
const boundToCluster = (name: string): boolean =>
  /^(leader|follower)\.replication\.throttled\.replicas$|^remote\.|^local\.retention\.|^confluent\./.test(name);

/** What a topic of the archive is to be configured like in the end. */
export function finalConfigs(archived: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(archived).filter(([name]) => !boundToCluster(name)));
}

/** The final configuration with the guards over it, for the time of the restore. */
export function guardedConfigs(final: Readonly<Record<string, string>>, largestBatch: number): Record<string, string> {
  const limit = Number(final['max.message.bytes'] ?? DEFAULT_MAX_MESSAGE_BYTES);
  return { ...final, ...guards, ...(largestBatch > limit ? { 'max.message.bytes': String(largestBatch) } : {}) };
}

/**
 * How to take the guards off again: each guarded name gets its final value, or none of its own.
 * @param keepRetention leave time and size retention off, because it would delete restored records
 */
export function unguard(
  final: Readonly<Record<string, string>>,
  keepRetention: boolean,
): { set: Record<string, string>; delete: string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const name of [...Object.keys(guards), 'max.message.bytes']) {
    if (keepRetention && name.startsWith('retention.')) continue;
    const value = final[name];
    if (value === undefined) remove.push(name);
    else set[name] = value;
  }
  return { set, delete: remove };
}

/** What retention would do to records, given the values that will hold. */
export interface Retention {
  /** Milliseconds; negative is for ever. */
  ms: number;
  /** Bytes per partition; negative is unlimited. */
  bytes: number;
  deletes: boolean;
}

/** Retention of topics that say nothing themselves; the finest unit that a broker sets counts. */
export function defaultRetention(broker: ReadonlyMap<string, string | null>): {
  ms: number;
  bytes: number;
  cleanupPolicy: string;
} {
  const number = (name: string): number | undefined => {
    const value = broker.get(name);
    return value == null ? undefined : Number(value);
  };
  const minutes = number('log.retention.minutes');
  const hours = number('log.retention.hours') ?? 168;
  return {
    ms: number('log.retention.ms') ?? (minutes === undefined ? hours * 3_600_000 : minutes * 60_000),
    bytes: number('log.retention.bytes') ?? -1,
    cleanupPolicy: broker.get('log.cleanup.policy') ?? 'delete',
  };
}

/**
 * Retention that will hold once the topic has its own configuration again.
 * @param fallback the values that hold when the topic itself says nothing
 */
export function retentionOf(
  final: Readonly<Record<string, string>>,
  fallback: { ms: number; bytes: number; cleanupPolicy: string },
): Retention {
  return {
    ms: Number(final['retention.ms'] ?? fallback.ms),
    bytes: Number(final['retention.bytes'] ?? fallback.bytes),
    deletes: (final['cleanup.policy'] ?? fallback.cleanupPolicy).split(',').includes('delete'),
  };
}

/**
 * Whether retention would delete some of a partition's records. Brokers delete whole log segments by their newest
 * record's timestamp, so the oldest archive segment by its newest record is a careful measure.
 * @param now milliseconds since 1970
 */
export function wouldDelete(retention: Retention, segments: readonly SegmentSummary[], now: number): boolean {
  if (!retention.deletes || segments.length === 0) return false;
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const oldest = Math.min(...segments.map(({ maxTimestamp }) => maxTimestamp));
  return (retention.bytes >= 0 && bytes > retention.bytes) || (retention.ms >= 0 && oldest < now - retention.ms);
}

/** Why the configuration of a topic that is not ours does not keep restored records as they are; empty if it does. */
export function unguarded(
  configs: ReadonlyMap<string, ConfigEntry>,
  segments: readonly SegmentSummary[],
  now: number,
): string[] {
  const value = (name: string): string => configs.get(name)?.value ?? '';
  const complaints: string[] = [];
  if (value('cleanup.policy').includes('compact')) complaints.push('cleanup.policy=compact would remove records');
  const retention = { ms: Number(value('retention.ms')), bytes: Number(value('retention.bytes')), deletes: true };
  if (wouldDelete({ ...retention, bytes: -1 }, segments, now)) {
    complaints.push(`retention.ms=${retention.ms} would delete records older than that`);
  }
  if (wouldDelete({ ...retention, ms: -1 }, segments, now)) {
    complaints.push(`retention.bytes=${retention.bytes} is less than what a partition gets`);
  }
  if (value('compression.type') !== 'producer') {
    complaints.push(`compression.type=${value('compression.type')} would recompress every batch; set it to producer`);
  }
  if (value('message.timestamp.type') !== 'CreateTime') {
    complaints.push('message.timestamp.type=LogAppendTime would replace the timestamps');
  }
  const before = Number(configs.get('message.timestamp.before.max.ms')?.value ?? FOREVER);
  const oldest = Math.min(...segments.map(({ maxTimestamp }) => maxTimestamp));
  if (segments.length > 0 && oldest < now - before) {
    complaints.push(`message.timestamp.before.max.ms=${before} would refuse the older records`);
  }
  return complaints;
}

/** The largest batch of the plan that the topic takes. */
export const maxMessageBytes = (configs: ReadonlyMap<string, ConfigEntry>): number =>
  Number(configs.get('max.message.bytes')?.value ?? DEFAULT_MAX_MESSAGE_BYTES);
