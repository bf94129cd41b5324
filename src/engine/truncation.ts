import type { BatchHeader } from '../kafka/record-batch.ts';
import { RekindleError } from '../model/reasons.ts';
import type { PartitionReport } from '../model/report.ts';
import type { PartitionLedger } from './ledger.ts';
import { targetOffsetOf } from './runs.ts';

/** Acknowledged records are not in the target any more. */
export const truncated = (name: string, what: string): RekindleError =>
  new RekindleError(
    'TargetTruncated',
    `${name}: ${what}. The target lost records (unclean leader election, deleted records or another topic of that name). Start from zero to restore it again.`,
  );

/** Records that were committed are not, by the marker that ends their transaction now. */
export const aborted = (name: string, marker: number): RekindleError =>
  truncated(
    name,
    `the marker at offset ${marker} aborts what was committed, and readers of committed data do not see it`,
  );

/** Records that were committed are not: the marker that said so is not in the log. */
export const unended = (name: string, offset: number): RekindleError =>
  truncated(name, `nothing ends the transaction of the batch at offset ${offset}, which was committed`);

type WrittenBatch = Pick<BatchHeader, 'producerId' | 'transactional' | 'baseOffset'>;

/**
 * The transaction of this Restore that is open at a place of a partition's log, as the log is read. One writer follows the
 * other, so that there is never more than one.
 */
export class OpenTransaction {
  private readonly name: string;
  private open: { readonly producerId: number; readonly offset: number } | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * A batch of ours comes.
   * @throws RekindleError `TargetTruncated` when one of another producer of ours was never ended
   */
  continue({ producerId, transactional, baseOffset }: WrittenBatch): void {
    if (this.open !== null && this.open.producerId !== producerId) throw unended(this.name, this.open.offset);
    this.open = transactional ? { producerId, offset: baseOffset } : null;
  }

  /** A marker of ours comes. @throws RekindleError `TargetTruncated` when it aborts what is open */
  end({ producerId, baseOffset }: Pick<WrittenBatch, 'producerId' | 'baseOffset'>, commitMarker: boolean): void {
    if (this.open?.producerId !== producerId) return;
    if (!commitMarker) throw aborted(this.name, baseOffset);
    this.open = null;
  }

  /** The log does not say what was before. */
  forget(): void {
    this.open = null;
  }
}

/**
 * @param end of the partition's log, exclusive
 * @throws RekindleError `TargetTruncated` when acknowledged records are above it
 */
export function assertReaches(name: string, ledger: PartitionLedger, end: number): void {
  if (end >= ledger.end) return;
  throw truncated(name, `the log ends at ${end}, but records up to ${ledger.end} were acknowledged`);
}

/**
 * @param earliest first offset that the log has
 * @throws RekindleError `TargetTruncated` when records were deleted before they were proved
 */
export function assertUnprovedIsThere(
  name: string,
  { runs, proved }: Pick<PartitionReport, 'runs' | 'proved'>,
  earliest: number,
): void {
  const unproved = targetOffsetOf(runs, proved);
  if (unproved === null || unproved >= earliest) return;
  throw beginsLater(name, unproved, earliest);
}

/** @param acknowledged target offset of a record that is gone */
export const beginsLater = (name: string, acknowledged: number, earliest: number): RekindleError =>
  truncated(name, `records from offset ${acknowledged} on were acknowledged, but the log begins at ${earliest}`);

/**
 * Whether the last acknowledged batch left the topic as it may once a proof has covered it: with its segment, by retention,
 * or out of it, by compaction. The offsets of what is compacted stay empty; where a log was cut, others' records get them.
 * @param found the first batch that stands at its offset or behind; null if none was found there
 * @param ownIds all producer ids of this restore
 */
export function hasLeft(
  { last, proved, acknowledged }: Pick<PartitionReport, 'last' | 'proved' | 'acknowledged'>,
  found: Pick<BatchHeader, 'baseOffset' | 'lastOffsetDelta' | 'count' | 'control' | 'producerId'> | null,
  ownIds: ReadonlySet<number>,
): boolean {
  if (last === null || proved < acknowledged) return false;
  if (found === null || found.baseOffset > last.offset) return true;
  // A marker of ours is none of our batches.
  const isOurs = ownIds.has(found.producerId) && !found.control;
  return isOurs && found.baseOffset === last.offset && isThinned(found, last.count);
}

/** Fewer of its records are there than it had, in a batch that the broker wrote: that keeps the offsets. */
export const isThinned = (
  { count, lastOffsetDelta }: Pick<BatchHeader, 'count' | 'lastOffsetDelta'>,
  before: number,
): boolean => lastOffsetDelta + 1 === before && count < before;

/**
 * The last acknowledged batch, read again. A log is cut at its end: if this one is there, all before it are.
 * @param found the batch that was read at its offset
 * @throws RekindleError `TargetTruncated` when it is another one
 */
export function assertStillThere<T extends { readonly header: BatchHeader }>(
  name: string,
  last: NonNullable<PartitionReport['last']>,
  found: IteratorResult<T, void>,
): T {
  if (found.done !== true && found.value.header.baseOffset === last.offset && found.value.header.crc === last.crc) {
    return found.value;
  }
  throw truncated(name, `offset ${last.offset} does not hold the batch that was acknowledged there`);
}
