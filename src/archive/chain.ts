import type { Storage } from '../storage/storage.ts';
import { ArchiveDamage, type Place } from './damage.ts';
import { partitionFolder, segmentOfIndex, type HeadPartition, type IndexHeader, type Link } from './format.ts';
import { placeOf, readIndexHeader } from './index-file.ts';

/** A partition of one generation of a topic. */
export interface PartitionOfArchive {
  readonly topic: string;
  readonly generation: string;
  readonly partition: number;
}

/** One segment of a chain. */
export interface ChainLink {
  readonly index: Link;
  readonly header: IndexHeader;
  /** What is to be seen of its segment without reading it: it is missing, or its size is wrong. */
  readonly damage: ArchiveDamage | null;
}

/**
 * Walks a partition's chain from the head back to its oldest segment. Each index must have the digest that its
 * successor names and must end where its successor begins, so a missing or exchanged file is never taken for a gap that
 * compaction left.
 *
 * @throws {ArchiveDamage} `SegmentMissing`, `IndexDamaged`: what lies before this index is then out of reach
 */
export async function* walkChain(
  storage: Storage,
  of: PartitionOfArchive,
  head: HeadPartition,
): AsyncGenerator<ChainLink> {
  const sizes = await sizesOf(storage, of);
  let covered = head.nextOffset;
  let left = head.segments;
  for (let index = head.last; index !== null; left--) {
    const place = placeOf(of, index);
    const header = await readIndexHeader(storage, place, index.sha256);
    const belongsHere =
      header.topic === of.topic && header.generation === of.generation && header.partition === of.partition;
    if (!belongsHere || header.coversTo > covered || left === 0) {
      throw new ArchiveDamage('IndexDamaged', place, 'it does not fit to the segment after it');
    }
    const segment = segmentOfIndex(index.name);
    const damage = damageOf(header, sizes.get(segment), { ...place, object: segment });
    yield { index, header, damage };
    covered = header.coversFrom;
    index = header.predecessor;
  }
  if (left !== 0)
    throw new ArchiveDamage('IndexDamaged', { ...of, object: 'the chain' }, `it is ${left} segments short`);
}

function damageOf(header: IndexHeader, size: number | undefined, place: Place): ArchiveDamage | null {
  const at = { ...place, offset: header.baseOffset };
  if (size === undefined) return new ArchiveDamage('SegmentMissing', at, 'this segment is missing');
  if (size === header.bytes) return null;
  return new ArchiveDamage('SegmentDamaged', at, `this segment has ${size} bytes instead of ${header.bytes}`);
}

async function sizesOf(storage: Storage, of: PartitionOfArchive): Promise<Map<string, number>> {
  const folder = `${partitionFolder(of.topic, of.generation, of.partition)}/`;
  const sizes = new Map<string, number>();
  for await (const { key, size } of storage.list(folder)) sizes.set(key.slice(folder.length), size);
  return sizes;
}
