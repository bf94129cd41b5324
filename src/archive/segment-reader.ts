import { HEADER_BYTES, parseHeader } from '../kafka/record-batch.ts';
import { NotFound, type Storage } from '../storage/storage.ts';
import { BufferPool } from './buffer-pool.ts';
import { ArchiveDamage, type Place } from './damage.ts';
import { segmentOfIndex, type BatchRow } from './format.ts';
import { keyOf } from './index-file.ts';

export interface ReadOptions {
  /** Row to begin with. Default 0. */
  readonly fromRow?: number;
  readonly signal?: AbortSignal;
  /** Bytes that may be in memory besides what the caller holds. Default 8 MiB; one batch is read even if larger. */
  readonly readAheadBytes?: number;
  /** Buffers that several readings share. Default their own. */
  readonly buffers?: BufferPool;
}

/** A batch whose bytes are the caller's to change, until it gives them back; it may also keep them. */
export interface ReadBatch {
  readonly row: BatchRow;
  readonly bytes: Buffer;
  /** Nobody uses the bytes any more: others may be read into their place. */
  readonly release: () => void;
}

export const DEFAULT_READ_AHEAD_BYTES = 8 * 1024 * 1024;

/** Rows whose batches lie side by side and are read at once. */
interface Stretch {
  readonly rows: readonly BatchRow[];
  readonly start: number;
  readonly end: number;
}

/**
 * The batches of a segment in order. Half of the read-ahead is handed out while the other half is being read.
 * @param index place of the segment's index
 * @throws {ArchiveDamage} `SegmentMissing`, `SegmentDamaged`
 */
export async function* readSegment(
  storage: Storage,
  index: Place,
  rows: readonly BatchRow[],
  { fromRow = 0, signal, readAheadBytes = DEFAULT_READ_AHEAD_BYTES, buffers }: ReadOptions,
): AsyncGenerator<ReadBatch> {
  const place = { ...index, object: segmentOfIndex(index.object) };
  const pool = buffers ?? new BufferPool(readAheadBytes / 2);
  const stretches = stretchesOf(rows.slice(fromRow), readAheadBytes / 2);
  let next = begin(storage, place, stretches.next().value, pool, signal);
  while (next !== null) {
    const { stretch, buffer } = next;
    const bytes = await next.bytes;
    next = begin(storage, place, stretches.next().value, pool, signal);
    let held = stretch.rows.length;
    const release = (): void => {
      if (--held === 0) pool.give(buffer);
    };
    for (const row of stretch.rows) {
      const from = row.position - stretch.start;
      const batch = bytes.subarray(from, from + row.size);
      const finding = mismatch(batch, row);
      if (finding !== null) throw new ArchiveDamage('SegmentDamaged', { ...place, offset: row.firstOffset }, finding);
      yield { row, bytes: batch, release };
    }
  }
}

function begin(
  storage: Storage,
  place: Place,
  stretch: Stretch | undefined,
  pool: BufferPool,
  signal?: AbortSignal,
): { stretch: Stretch; buffer: Buffer; bytes: Promise<Buffer> } | null {
  if (stretch === undefined) return null;
  const { start, end } = stretch;
  const buffer = pool.take(end - start);
  const range = { start, end, into: buffer, ...(signal === undefined ? {} : { signal }) };
  const bytes = storage.read(keyOf(place), range).catch((error: unknown) => {
    if (!(error instanceof NotFound)) throw error;
    throw new ArchiveDamage('SegmentMissing', place, 'this segment is missing');
  });
  // A consumer that stops early never awaits what was read ahead.
  bytes.catch(() => undefined);
  return { stretch, buffer, bytes };
}

function* stretchesOf(rows: readonly BatchRow[], bytes: number): Generator<Stretch, undefined> {
  let from = 0;
  for (let to = 1; to <= rows.length; to++) {
    const first = rows[from];
    const last = rows[to - 1];
    const after = rows[to];
    if (first === undefined || last === undefined) return;
    if (after !== undefined && after.position + after.size - first.position <= bytes) continue;
    yield { rows: rows.slice(from, to), start: first.position, end: last.position + last.size };
    from = to;
  }
  return undefined;
}

/** How a batch's header differs from its row; null when it does not. */
function mismatch(batch: Buffer, row: BatchRow): string | null {
  if (batch.length < row.size || batch.length < HEADER_BYTES) return 'the segment ends within this batch';
  const header = parseHeader(batch);
  const same =
    header.size === row.size &&
    header.baseOffset === row.firstOffset &&
    header.baseOffset + header.lastOffsetDelta === row.lastOffset &&
    header.count === row.count &&
    header.crc === row.crc &&
    header.attributes === row.attributes;
  return same ? null : "this batch's header is not the one in the index";
}
