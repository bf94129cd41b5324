import type { SegmentSummary } from '../archive/reader.ts';
import { timeSpanOf } from './time-span.ts';

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
 * record's timestamp; theirs may be much finer than the archive's, so the oldest record is the careful measure.
 * @param now milliseconds since 1970
 */
export function wouldDelete(retention: Retention, segments: readonly SegmentSummary[], now: number): boolean {
  if (!retention.deletes) return false;
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const oldest = timeSpanOf(segments)?.oldest ?? Infinity;
  return (retention.bytes >= 0 && bytes > retention.bytes) || (retention.ms >= 0 && oldest < now - retention.ms);
}
