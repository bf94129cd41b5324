import type { BatchHeader } from '../kafka/record-batch.ts';
import { RekindleError } from '../model/reasons.ts';
import type { PartitionReport } from '../model/report.ts';
import type { PartitionLedger } from './ledger.ts';

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

/**
 * @param end of the partition's log, exclusive
 * @throws RekindleError `TargetTruncated` when acknowledged records are above it
 */
export function assertReaches(name: string, ledger: PartitionLedger, end: number): void {
  if (end >= ledger.end) return;
  throw truncated(name, `the log ends at ${end}, but records up to ${ledger.end} were acknowledged`);
}

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
