import { sequenceOf } from '../../../src/engine/coverage.ts';
import type { PlanBatch } from '../../../src/engine/ledger.ts';
import { stampedCrc, type BatchHeader } from '../../../src/kafka/record-batch.ts';

/** Producer id of the restore. The coordinator gives out the same one for ever, with newer and newer epochs. */
export const OWN = 7;
/** Producer id of somebody else. */
const FOREIGN = 99;

export const ownIds: ReadonlySet<number> = new Set([OWN]);

/** The plan of the partition: small batches, some alike in all but their CRC. */
export function planOf(batches: number): readonly PlanBatch[] {
  const plan: PlanBatch[] = [];
  for (let k = 0, index = 0; k < batches; k++) {
    const count = k % 4 < 2 ? 1 : 2;
    plan.push({ index, count, sourceOffset: 100 + index, size: 200 + k, crc: 0x1000_0000 + k * 0x0123_4567 });
    index += count;
  }
  return plan;
}

export const recordsOf = (plan: readonly PlanBatch[]): number => plan.reduce((sum, { count }) => sum + count, 0);

/** A batch as a writer puts it on the wire. */
export interface Sent {
  readonly batch: PlanBatch;
  readonly epoch: number;
  /** Of its first and of its last record. */
  readonly first: number;
  readonly last: number;
  readonly crc: number;
}

const sentBefore = new Map<string, Sent>();
const sentByCrc = new Map<number, Sent>();

/** @param base plan index at which the epoch began */
export function sentAs(batch: PlanBatch, epoch: number, base: number): Sent {
  const key = `${batch.index}/${epoch}/${base}`;
  let sent = sentBefore.get(key);
  if (sent === undefined) {
    const first = sequenceOf(batch.index, base);
    const crc = stampedCrc(batch, { producerId: OWN, producerEpoch: epoch, baseSequence: first });
    sent = { batch, epoch, first, last: first + batch.count - 1, crc };
    sentBefore.set(key, sent);
    sentByCrc.set(crc, sent);
  }
  return sent;
}

/** The batch that has this CRC. */
export const sentOf = (crc: number): Sent | undefined => sentByCrc.get(crc);

/** What stands at one place of a log, as a Fetch shows it. */
export interface Entry {
  readonly header: BatchHeader;
  /** A marker that ends a transaction by a commit. */
  readonly commitMarker: boolean;
  /** Ours, and not a marker. */
  readonly sent: Sent | null;
  /** For the key of a state: all that is particular about it. */
  readonly name: string;
}

const blank: BatchHeader = {
  baseOffset: 0,
  size: 0,
  leaderEpoch: 0,
  magic: 2,
  crc: 0,
  attributes: 0,
  codec: 0,
  logAppendTime: false,
  transactional: true,
  control: false,
  deleteHorizon: false,
  lastOffsetDelta: 0,
  baseTimestamp: 0,
  maxTimestamp: 0,
  producerId: OWN,
  producerEpoch: 0,
  baseSequence: -1,
  count: 1,
};

export function dataEntry(sent: Sent, baseOffset: number, leaderEpoch: number): Entry {
  const { batch, epoch, first, crc } = sent;
  const header = {
    ...blank,
    baseOffset,
    leaderEpoch,
    crc,
    size: batch.size,
    lastOffsetDelta: batch.count - 1,
    producerEpoch: epoch,
    baseSequence: first,
    count: batch.count,
  };
  return { header, commitMarker: false, sent, name: `${batch.index}.${epoch}.${first}@${leaderEpoch}` };
}

export function markerEntry(commit: boolean, epoch: number, baseOffset: number, leaderEpoch: number): Entry {
  const header = { ...blank, baseOffset, leaderEpoch, control: true, producerEpoch: epoch };
  return { header, commitMarker: commit, sent: null, name: `${commit ? 'C' : 'A'}${epoch}@${leaderEpoch}` };
}

export function foreignEntry(baseOffset: number, leaderEpoch: number): Entry {
  const header = { ...blank, baseOffset, leaderEpoch, transactional: false, producerId: FOREIGN, producerEpoch: 0 };
  return { header, commitMarker: false, sent: null, name: `F@${leaderEpoch}` };
}

export const isForeign = ({ header }: Entry): boolean => header.producerId !== OWN;

export const endOf = ({ header }: Entry): number => header.baseOffset + header.lastOffsetDelta + 1;
