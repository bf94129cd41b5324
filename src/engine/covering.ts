import type { BatchHeader } from '../kafka/record-batch.ts';
import type { ProducerSession } from '../model/report.ts';
import { Coverage, type Verdict } from './coverage.ts';
import type { PlanBatch } from './ledger.ts';
import type { RestoredPartition } from './partition.ts';
import type { PartitionPlan } from './plan.ts';
import type { ScannedBatch } from './scan.ts';

export interface CoverContext {
  /** The writer on record; null when nobody has written under this report. */
  readonly writer: ProducerSession | null;
  /** Producer ids of this Restore, of earlier attempts too. */
  readonly ownIds: ReadonlySet<number>;
  /** A partition whose transaction was aborted: purges it and begins it again, or throws why it may not. */
  readonly redo: (partition: RestoredPartition, abortedAt: number) => Promise<void>;
  /** Told of every batch, so that whoever reads the tail knows the newest epochs. */
  readonly sees: (header: BatchHeader) => void;
  readonly signal: AbortSignal;
}

/**
 * Compares what stands in a partition's log with the plan, batch by batch, and notes it in the ledger: what is ours, and where
 * others have written. Stops at the first batch that must not be there, with the error in the report, and at a transaction that
 * was aborted, when that is redone.
 * @param batches what stands behind the last batch on record, or where reading begins
 * @param of.lastProducer id that the last batch on record was written with in a transaction. Whatever the report says of
 *   that, the first marker behind it tells what became of it: a log that has lost the one that was there may have got another
 * @param of.again the records were read before, and forgotten
 */
export async function cover(
  { writer, ownIds, redo, sees, signal }: CoverContext,
  batches: AsyncIterable<ScannedBatch>,
  partition: RestoredPartition,
  { lastProducer, again }: { lastProducer: number | null; again: boolean },
): Promise<void> {
  const { plan, ledger } = partition;
  // Read again, the partition may hold records of any writer, and the first one to come is the oldest.
  const known = again || ledger.next === 0 ? null : writer;
  const coverage = new Coverage(
    {
      producerId: known?.producerId ?? -1,
      producerEpoch: known?.producerEpoch ?? -1,
      base: known?.base[plan.target]?.[plan.partition] ?? 0,
    },
    ownIds,
  );
  const expected = new Expected(plan, ledger.next);
  let open = lastProducer;
  for await (const { header, commitMarker } of batches) {
    signal.throwIfAborted();
    sees(header);
    const verdict = coverage.judge(header, commitMarker, ledger.next, await expected.at(ledger.next));
    switch (verdict.is) {
      case 'ours':
        // Of a process whose report is lost: the next look would not know where its epoch began.
        if (!isOf(writer, header)) ledger.report.doubted = true;
        ledger.acknowledge(expected.current, {
          offset: header.baseOffset,
          ...verdict,
          leaderEpoch: header.leaderEpoch,
        });
        open = header.transactional ? header.producerId : null;
        break;
      case 'foreign':
        ledger.foreign(header.baseOffset, header.lastOffsetDelta + 1);
        break;
      case 'marker':
        if (header.producerId !== open) break;
        if (!verdict.committed) {
          await redo(partition, header.baseOffset);
          return;
        }
        open = null;
        break;
      case 'repeat':
      case 'hole':
      case 'different':
        halt(partition, verdict, header.baseOffset);
        return;
    }
  }
}

const isOf = (writer: ProducerSession | null, { producerId, producerEpoch }: BatchHeader): boolean =>
  producerId === writer?.producerId && producerEpoch === writer.producerEpoch;

function halt({ plan, ledger }: RestoredPartition, verdict: Extract<Verdict, { index: number }>, offset: number): void {
  const reason = verdict.is === 'hole' ? 'LedgerHole' : 'LedgerRepeat';
  ledger.report.error = {
    reason,
    message: `${plan.name}: at offset ${offset} stands a batch of plan index ${verdict.index} (${verdict.is}), expected was ${ledger.next}. Nothing more is written to this partition; to restore it again, start from zero.`,
    at: new Date().toISOString(),
  };
}

/** The plan's batches, one after the other, as the scan asks for them. */
class Expected {
  private readonly rows: AsyncGenerator<PlanBatch>;
  private batch: PlanBatch | null = null;

  constructor(plan: PartitionPlan, from: number) {
    this.rows = plan.rows(from);
  }

  /** The batch that `at` returned last. */
  get current(): PlanBatch {
    if (!this.batch) throw new Error('the plan has no more batches');
    return this.batch;
  }

  async at(index: number): Promise<PlanBatch | null> {
    if (this.batch?.index === index) return this.batch;
    const next = await this.rows.next();
    this.batch = next.done ? null : next.value;
    return this.batch;
  }
}
