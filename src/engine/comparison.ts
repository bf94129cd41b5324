import type { RecordView } from '../kafka/records.ts';
import { canonicalForm, PartitionDigest } from './digest.ts';
import type { Flaw, RestoredRecord } from './restored-records.ts';
import type { RecordPlace } from './runs.ts';

/** A record of the archive. */
export interface ArchivedRecord {
  readonly index: number;
  /** `offset` is the source's. */
  readonly record: RecordView;
}

/** Where archive, target and report contradict each other; null for what one of them does not have. */
export interface Difference {
  readonly what:
    | Flaw['flaw']
    /** In the archive, and not where the report has it in the target. */
    | 'missing'
    /** In both, and not the same. */
    | 'different'
    /** In the target, and the archive has no such record, or it came before. */
    | 'unexpected'
    /** The report tells another source offset than the archive's. */
    | 'misreported';
  readonly index: number | null;
  readonly sourceOffset: number | null;
  readonly targetOffset: number | null;
}

export interface Comparison {
  /** Records of the archive, and those that the target has of them. */
  readonly records: number;
  readonly found: number;
  /** See docs/report.md. */
  readonly digest: { readonly archive: string; readonly target: string };
  readonly equal: boolean;
  readonly firstDifference: Difference | null;
}

/** Lays the archive's records and those of the target beside each other, one at a time. */
export async function compare(
  archive: AsyncIterator<ArchivedRecord, unknown>,
  target: AsyncIterable<RestoredRecord | Flaw>,
): Promise<Comparison> {
  const archived = new PartitionDigest();
  const restored = new PartitionDigest();
  const differences: { first: Difference | null } = { first: null };
  const differ = (what: Difference['what'], place: Partial<RecordPlace>): void => {
    const { index = null, sourceOffset = null, targetOffset = null } = place;
    differences.first ??= { what, index, sourceOffset, targetOffset };
  };

  let next = await take(archive);
  const missing = async ({ index, form, sourceOffset }: TakenRecord): Promise<TakenRecord | null> => {
    differ('missing', { index, sourceOffset });
    archived.add(form);
    return take(archive);
  };
  for await (const seen of target) {
    if ('flaw' in seen) {
      differ(seen.flaw, { ...seen.place, targetOffset: seen.targetOffset });
      continue;
    }
    const { place, record } = seen;
    const form = canonicalForm(place.index, record);
    restored.add(form);
    while (next !== null && next.index < place.index) next = await missing(next);
    if (next?.index !== place.index) {
      differ('unexpected', place);
      continue;
    }
    if (!form.equals(next.form)) differ('different', { ...place, sourceOffset: next.sourceOffset });
    if (place.sourceOffset !== next.sourceOffset) differ('misreported', place);
    archived.add(next.form);
    next = await take(archive);
  }
  while (next !== null) next = await missing(next);

  return {
    records: archived.records,
    found: restored.records,
    digest: { archive: archived.finish(), target: restored.finish() },
    equal: differences.first === null,
    firstDifference: differences.first,
  };
}

interface TakenRecord {
  readonly index: number;
  readonly sourceOffset: number;
  readonly form: Buffer;
}

async function take(archive: AsyncIterator<ArchivedRecord, unknown>): Promise<TakenRecord | null> {
  const result = await archive.next();
  if (result.done === true) return null;
  const { index, record } = result.value;
  return { index, sourceOffset: record.offset, form: canonicalForm(index, record) };
}
