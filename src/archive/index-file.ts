import { NotFound, type Storage } from '../storage/storage.ts';
import { ArchiveDamage, type Place } from './damage.ts';
import {
  INDEX_HEADER_BYTES,
  decodeRows,
  digestOf,
  encodeRows,
  indexHeader,
  partitionFolder,
  type BatchRow,
  type IndexHeader,
  type Link,
} from './format.ts';

const NEWLINE = 0x0a;

/** The bytes of an index, and the digest by which its successor will name it. */
export function encodeIndex(
  header: Omit<IndexHeader, 'batches' | 'batchesSha256'>,
  rows: readonly BatchRow[],
): { readonly body: Buffer; readonly sha256: string } {
  const lines = encodeRows(rows);
  const first = JSON.stringify({ ...header, batches: rows.length, batchesSha256: digestOf(lines) });
  if (Buffer.byteLength(first) >= INDEX_HEADER_BYTES) throw new Error('An index header has outgrown its limit.');
  return { body: Buffer.concat([Buffer.from(`${first}\n`), lines]), sha256: digestOf(first) };
}

/**
 * Reads the first line of an index and checks it against the digest in its successor or in the head.
 * @throws {ArchiveDamage} `SegmentMissing`, `IndexDamaged`
 */
export async function readIndexHeader(storage: Storage, place: Place, sha256: string): Promise<IndexHeader> {
  const beginning = await readIndexBytes(storage, place, { start: 0, end: INDEX_HEADER_BYTES });
  return checkedHeader(beginning, place, sha256).header;
}

/**
 * Reads a whole index and checks it.
 * @throws {ArchiveDamage} `SegmentMissing`, `IndexDamaged`
 */
export async function readIndexRows(storage: Storage, place: Place, sha256: string): Promise<BatchRow[]> {
  const body = await readIndexBytes(storage, place);
  const { header, size } = checkedHeader(body, place, sha256);
  const lines = body.subarray(size);
  if (digestOf(lines) !== header.batchesSha256) {
    throw new ArchiveDamage('IndexDamaged', place, 'its list of batches is not as it was written');
  }
  return decodeRows(lines);
}

async function readIndexBytes(storage: Storage, place: Place, range?: { start: number; end: number }): Promise<Buffer> {
  try {
    return await storage.read(keyOf(place), range);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    throw new ArchiveDamage('SegmentMissing', place, 'this index is missing');
  }
}

function checkedHeader(bytes: Buffer, place: Place, sha256: string): { header: IndexHeader; size: number } {
  const end = bytes.indexOf(NEWLINE);
  const line = bytes.subarray(0, Math.max(end, 0));
  if (end < 0 || digestOf(line) !== sha256) {
    throw new ArchiveDamage('IndexDamaged', place, 'its first line is not as it was written');
  }
  return { header: indexHeader.parse(JSON.parse(line.toString('utf8'))), size: end + 1 };
}

/** Key of the object at a place. */
export const keyOf = (place: Place): string =>
  `${partitionFolder(place.topic, place.generation, place.partition)}/${place.object}`;

/** The place of an index that a link names. */
export const placeOf = (place: Omit<Place, 'object'>, index: Link): Place => ({ ...place, object: index.name });
