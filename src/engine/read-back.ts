import type { BrokerConnection } from '../kafka/cluster.ts';
import { verifyCrc, type BatchHeader } from '../kafka/record-batch.ts';
import { RekindleError } from '../model/reasons.ts';
import { isBatch } from './coverage.ts';
import { FetchBuffers } from './fetch-buffers.ts';
import type { PlanBatch } from './ledger.ts';
import { placeOf, type RestoredPartition } from './partition.ts';
import { damaged, repeated, type PartitionProof, type ProvenLog } from './partition-proof.ts';
import { firstRecordFrom, targetOffsetOf } from './runs.ts';
import { scan, type ScannedBatch } from './scan.ts';
import { isThinned, OpenTransaction } from './truncation.ts';

/** Bytes of one Fetch; two of them are in memory for each partition that is read. */
const FETCH_BYTES = 4 * 1024 * 1024;

/** The batch of the plan that comes next, and the target offset at which the ledger has it. */
export interface Expected {
  readonly batch: PlanBatch;
  readonly offset: number;
  /** A proof has covered it before: some or all of its records may have left the topic since, by compaction. */
  readonly mayHaveLeft: boolean;
}

/** What a batch in the target is, seen from ledger and plan. */
export type Judgement =
  /** The expected one, by its header: its payload is yet to be looked at. */
  | { readonly is: 'expected'; readonly batch: PlanBatch }
  /** End of one of our transactions. */
  | { readonly is: 'marker' }
  /** Somebody else's, or a marker of somebody else's transaction. */
  | { readonly is: 'foreign' }
  /** Ours, where the ledger has none. */
  | { readonly is: 'repeat' }
  /** Something else where the ledger has the expected one. */
  | { readonly is: 'missing'; readonly expected: Expected }
  /** What the cleaner has left of the expected one. */
  | { readonly is: 'compacted'; readonly batch: PlanBatch }
  /** Ours, at the place of the expected one, with other bytes. */
  | { readonly is: 'different' };

/**
 * Judges the next batch of a partition's log by its header.
 * @param ours written by a producer of this Restore
 * @param expected null when the plan has no more
 */
export function judge(header: BatchHeader, ours: boolean, expected: Expected | null): Judgement {
  const ownRecords = ours && !header.control;
  if (expected !== null && header.baseOffset + header.lastOffsetDelta >= expected.offset) {
    if (!ownRecords || header.baseOffset > expected.offset) return { is: 'missing', expected };
    if (header.baseOffset < expected.offset) return { is: 'repeat' };
    const { batch, mayHaveLeft } = expected;
    if (isBatch(header, batch)) return { is: 'expected', batch };
    return mayHaveLeft && isThinned(header, batch.count) ? { is: 'compacted', batch } : { is: 'different' };
  }
  if (ownRecords) return { is: 'repeat' };
  return { is: ours ? 'marker' : 'foreign' };
}

/**
 * The proof of a partition by reading all of it: each of our batches stands where the ledger has it, is the one of the
 * plan, and has a checksum that matches its payload as it was fetched. After a lost connection it goes on where it was.
 */
export class ReadBack implements PartitionProof {
  readonly partition: RestoredPartition;
  readonly found = { markers: 0, foreign: 0, batches: 0, bytes: 0 };
  done = false;
  private readonly ownIds: ReadonlySet<number>;
  /** Plan index and target offset at which it goes on. */
  private next = 0;
  private position: number;
  private readonly transaction: OpenTransaction;

  constructor(partition: RestoredPartition, ownIds: ReadonlySet<number>) {
    this.partition = partition;
    this.ownIds = ownIds;
    this.position = partition.ledger.report.start;
    this.transaction = new OpenTransaction(partition.plan.name);
  }

  get records(): number {
    return this.next;
  }

  async read(connection: BrokerConnection, log: ProvenLog, signal: AbortSignal): Promise<void> {
    const { plan, ledger } = this.partition;
    if (log.start > this.position) {
      // What was below has been proved before, and has left the topic since.
      this.position = log.start;
      this.transaction.forget();
      this.next = firstRecordFrom(ledger.report.runs, log.start)?.index ?? plan.records;
    }
    const rows = plan.rows(this.next);
    let expected = await this.expect(rows);
    const buffers = new FetchBuffers(Math.min(FETCH_BYTES, plan.bytes));
    for await (const scanned of scan(connection, placeOf(plan), this.position, log.end, FETCH_BYTES, buffers)) {
      signal.throwIfAborted();
      const { header } = scanned;
      // The log may begin within a batch.
      if (header.baseOffset < this.position) continue;
      while (isGone(expected, header.baseOffset)) expected = await this.expect(rows);
      const settled = this.settle(scanned, expected, connection.nodeId);
      // Before the plan is asked for more, which may fail: what was read stays read.
      this.position = header.baseOffset + header.lastOffsetDelta + 1;
      if (settled !== null) {
        this.next = settled.index + settled.count;
        expected = await this.expect(rows);
      }
    }
    while (isGone(expected, log.end)) expected = await this.expect(rows);
    if (expected !== null) throw missing(plan.name, expected, `the log ends at ${log.end}`);
    this.next = plan.records;
    this.done = true;
  }

  /** @returns the batch of the plan that it is; null if it is none */
  private settle(
    { header, bytes, commitMarker }: ScannedBatch,
    expected: Expected | null,
    broker: number,
  ): PlanBatch | null {
    const { name } = this.partition.plan;
    const { found } = this;
    const judgement = judge(header, this.ownIds.has(header.producerId), expected);
    switch (judgement.is) {
      case 'expected':
        if (!verifyCrc(bytes)) throw damaged(name, header, broker, 'its checksum does not match its payload');
        found.batches += 1;
        found.bytes += bytes.length;
        this.transaction.continue(header);
        return judgement.batch;
      case 'compacted':
        if (!verifyCrc(bytes)) throw damaged(name, header, broker, 'its checksum does not match its payload');
        this.transaction.continue(header);
        return judgement.batch;
      case 'marker':
        this.transaction.end(header, commitMarker);
        found.markers += 1;
        return null;
      case 'foreign':
        found.foreign += header.lastOffsetDelta + 1;
        return null;
      case 'repeat':
        throw repeated(name, header);
      case 'missing':
        throw missing(
          name,
          judgement.expected,
          `the next batch is of producer ${header.producerId}, from offset ${header.baseOffset} on`,
        );
      case 'different':
        throw damaged(name, header, broker, 'it is not the batch that the archive has for this place');
    }
  }

  private async expect(rows: AsyncGenerator<PlanBatch>): Promise<Expected | null> {
    const row = await rows.next();
    if (row.done === true) return null;
    const batch = row.value;
    const { runs, proved } = this.partition.ledger.report;
    const offset = targetOffsetOf(runs, batch.index);
    if (offset === null) throw new Error(`${this.partition.plan.name}: the ledger has no record ${batch.index}`);
    return { batch, offset, mayHaveLeft: batch.index + batch.count <= proved };
  }
}

/** Nothing of it stands before the batch at this offset: the offsets of what is compacted stay empty. */
const isGone = (expected: Expected | null, next: number): boolean =>
  expected !== null && expected.mayHaveLeft && expected.offset < next;

const missing = (name: string, { batch, offset }: Expected, instead: string): RekindleError =>
  new RekindleError(
    'LedgerHole',
    `${name}: records ${batch.index} to ${batch.index + batch.count - 1} (source offset ${batch.sourceOffset}) must stand at offset ${offset}, but ${instead}. Start from zero to restore it again.`,
  );
