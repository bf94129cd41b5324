import { HEADER_BYTES, parseHeader } from '../kafka/record-batch.ts';
import { NotFound, type Storage } from '../storage/storage.ts';
import { ArchiveDamage, type Place } from './damage.ts';
import { segmentOfIndex, type BatchRow } from './format.ts';
import { keyOf } from './index-file.ts';

export interface ReadOptions {
  /** Row to begin with. Default 0. */
  readonly fromRow?: number;
  readonly signal?: AbortSignal;
  /** Bytes that may be in memory besides what the caller holds. Default 8 MiB; one batch is read even if larger. */
  readonly readAheadBytes?: number;
}

const DEFAULT_READ_AHEAD_BYTES = 8 * 1024 * 1024;

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
  options: ReadOptions,
): AsyncGenerator<{ row: BatchRow; bytes: Buffer }> {
  const place = { ...index, object: segmentOfIndex(index.object) };
  const stretchBytes = (options.readAheadBytes ?? DEFAULT_READ_AHEAD_BYTES) / 2;
  const stretches = stretchesOf(rows.slice(options.fromRow ?? 0), stretchBytes);
  let next = begin(storage, place, stretches.next().value, options.signal);
  while (next !== null) {
    const { stretch, bytes } = { stretch: next.stretch, bytes: await next.bytes };
    next = begin(storage, place, stretches.next().value, options.signal);
    for (const row of stretch.rows) {
      const from = row.position - stretch.start;
      const batch = bytes.subarray(from, from + row.size);
      const finding = mismatch(batch, row);
      if (finding !== null) throw new ArchiveDamage('SegmentDamaged', { ...place, offset: row.firstOffset }, finding);
      yield { row, bytes: batch };
    }
  }
}

function begin(
  storage: Storage,
  place: Place,
  stretch: Stretch | undefined,
  signal?: AbortSignal,
): { stretch: Stretch; bytes: Promise<Buffer> } | null {
  if (stretch === undefined) return null;
  const { start, end } = stretch;
  const range = signal === undefined ? { start, end } : { start, end, signal };
  const bytes = storage.read(keyOf(place), range).catch((error: unknown) => {
    if (!(error instanceof NotFound)) throw error;
    throw new ArchiveDamage('SegmentMissing', place, 'this segment is missing');
  });
  // A consumer that stops early never awaits what was read ahead.
  bytes.catch(() => undefined);
  return { stretch, bytes };
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
