import type { SegmentSummary } from '../archive/reader.ts';

/** Timestamp of the oldest and of the newest record, ms since 1970. */
export interface TimeSpan {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * Between which times the records of these segments lie; null when none has a time. Records without one (-1) hide how old
 * the others of their segment are, so it is taken for as old as can be.
 */
export function timeSpanOf(
  segments: readonly Pick<SegmentSummary, 'minTimestamp' | 'maxTimestamp'>[],
): TimeSpan | null {
  return segments.reduce<TimeSpan | null>((span, { minTimestamp, maxTimestamp }) => {
    if (maxTimestamp < 0) return span;
    return {
      oldest: Math.min(span?.oldest ?? Infinity, minTimestamp),
      newest: Math.max(span?.newest ?? 0, maxTimestamp),
    };
  }, null);
}
