import { createHash } from 'node:crypto';
import { verifyCrc } from '../kafka/record-batch.ts';
import { RekindleError, type Reason } from '../model/reasons.ts';
import { walkChain, type ChainLink, type PartitionOfArchive } from './chain.ts';
import { ArchiveDamage, type Place } from './damage.ts';
import { segmentOfIndex, type HeadPartition } from './format.ts';
import { placeOf, readIndexRows } from './index-file.ts';
import { mapInParallel } from '../model/parallel.ts';
import type { Archive } from './reader.ts';
import { readSegment } from './segment-reader.ts';

/** Something in the archive that is not as it was written. */
export interface Damage {
  readonly reason: Reason;
  readonly message: string;
  readonly topic: string;
  readonly generation: string;
  readonly partition?: number;
  /** File name below the partition's folder. */
  readonly object?: string;
  /** Source offset of the first record concerned. */
  readonly offset?: number;
}

export interface Verification {
  segments: number;
  records: number;
  bytes: number;
  readonly damage: Damage[];
}

/** Partitions that are read at the same time: digests take a processor, waiting for a store does not. */
const PARTITIONS_AT_ONCE = 4;

/**
 * Reads the whole archive, all generations: every index and its digest, every segment and its digest, the checksum of
 * every batch. Damage does not end it; what is out of reach behind a damaged index is said by that index's finding.
 *
 * @throws RekindleError `StorageUnreachable`, `NotAuthorized`
 */
export async function verifyArchive(archive: Archive): Promise<Verification> {
  const verification: Verification = { segments: 0, records: 0, bytes: 0, damage: [] };
  for (const { name, generations } of archive.head.topics) {
    for (const generation of generations) {
      await noting(verification, { topic: name, generation: generation.generation }, () =>
        archive.topicDocument(name, generation),
      );
      await mapInParallel(generation.partitions, PARTITIONS_AT_ONCE, (partition) => {
        const of = { topic: name, generation: generation.generation, partition: partition.partition };
        return noting(verification, of, () => verifyPartition(archive, of, partition, verification));
      });
    }
  }
  return verification;
}

async function verifyPartition(
  archive: Archive,
  of: PartitionOfArchive,
  head: HeadPartition,
  verification: Verification,
): Promise<void> {
  for await (const link of walkChain(archive.storage, of, head)) {
    verification.segments += 1;
    verification.records += link.header.records;
    verification.bytes += link.header.bytes;
    await noting(verification, of, () => verifySegment(archive, of, link, verification));
  }
}

async function verifySegment(
  archive: Archive,
  of: PartitionOfArchive,
  { index, header, damage }: ChainLink,
  verification: Verification,
): Promise<void> {
  const place = placeOf(of, index);
  const rows = await readIndexRows(archive.storage, place, index.sha256);
  if (damage !== null) throw damage;
  const hash = createHash('sha256');
  const found = verification.damage.length;
  for (let fromRow = 0; fromRow < rows.length; fromRow++) {
    await noting(verification, of, async () => {
      for await (const { row, bytes, release } of readSegment(archive.storage, place, rows, { fromRow })) {
        hash.update(bytes);
        if (!verifyCrc(bytes)) throw damagedBatch(place, row.firstOffset);
        release();
        fromRow += 1;
      }
    });
  }
  if (verification.damage.length === found && hash.digest('hex') !== header.sha256) {
    const object = segmentOfIndex(index.name);
    throw new ArchiveDamage(
      'SegmentDamaged',
      { ...place, object, offset: header.baseOffset },
      "this segment's digest is not the one in the index, though all its batches are intact: a field outside of their checksums was changed",
    );
  }
}

const damagedBatch = (index: Place, offset: number): ArchiveDamage =>
  new ArchiveDamage(
    'SegmentDamaged',
    { ...index, object: segmentOfIndex(index.object), offset },
    "this batch's checksum does not match its contents",
  );

const aboutTheArchive = new Set<Reason>(['SegmentMissing', 'SegmentDamaged', 'IndexDamaged']);

/** Runs a check and notes the damage that ends it. */
async function noting(
  verification: Verification,
  of: { topic: string; generation: string },
  check: () => Promise<unknown>,
): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof RekindleError) || !aboutTheArchive.has(error.reason)) throw error;
    const place = error instanceof ArchiveDamage ? error.place : of;
    verification.damage.push({ reason: error.reason, message: error.message, ...place });
  }
}
