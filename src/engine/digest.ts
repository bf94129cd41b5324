import { createHash } from 'node:crypto';
import type { RecordView } from '../kafka/records.ts';
import { RequestWriter } from '../kafka/wire/writer.ts';

/*
 * The canonical form of records and the digests over it, as docs/report.md specifies them: what a consumer sees of a
 * record, whatever batch and codec it came in.
 */

const LENGTH_OF_NULL = -1;

/** The canonical form of the record with this plan index. */
export function canonicalForm(
  index: number,
  { timestamp, key, value, headers }: Pick<RecordView, 'timestamp' | 'key' | 'value' | 'headers'>,
): Buffer {
  const form = new RequestWriter();
  const bytes = (part: Buffer | null): unknown =>
    part === null ? form.int32(LENGTH_OF_NULL) : form.int32(part.length).raw(part);
  form.int64(index).int64(timestamp);
  bytes(key);
  bytes(value);
  form.array(headers, (header) => {
    bytes(Buffer.from(header.name));
    bytes(header.value);
  });
  return Buffer.concat(form.take());
}

/** The digest of one partition's records, added in the order of the plan. */
export class PartitionDigest {
  records = 0;
  private readonly hash = createHash('sha256');

  /** @param form see {@link canonicalForm} */
  add(form: Buffer): void {
    this.hash.update(form);
    this.records += 1;
  }

  /** 64 hex digits. Nothing can be added any more. */
  finish(): string {
    return this.hash.digest('hex');
  }
}

/** The digest of a topic, from those of all its partitions. 64 hex digits. */
export function topicDigest(
  partitions: readonly { readonly partition: number; readonly records: number; readonly digest: string }[],
): string {
  const hash = createHash('sha256');
  for (const { partition, records, digest } of partitions.toSorted((a, b) => a.partition - b.partition)) {
    const pieces = new RequestWriter().int32(partition).int64(records).raw(Buffer.from(digest, 'hex')).take();
    for (const piece of pieces) hash.update(piece);
  }
  return hash.digest('hex');
}
