import type { BrokerConnection } from '../kafka/cluster.ts';
import { placeOf, type RestoredPartition } from './partition.ts';
import { repeated, type PartitionProof, type ProvenLog } from './partition-proof.ts';
import { gapsOf, type Gap } from './runs.ts';
import { scan } from './scan.ts';
import { OpenTransaction, truncated } from './truncation.ts';

/** A gap of so few offsets holds markers, each a batch: one by one they cost less than the batches of ours behind them. */
const SMALL_GAP = 16;

/**
 * The proof of a partition by its ledger: the acknowledgements cover the plan, and what lies between and behind them was
 * read and is a marker or somebody else's, never a batch of ours.
 */
export class LedgerProof implements PartitionProof {
  readonly partition: RestoredPartition;
  found = { markers: 0, foreign: 0, batches: 0, bytes: 0 };
  done = false;
  private readonly ownIds: ReadonlySet<number>;
  private readonly transaction: OpenTransaction;

  constructor(partition: RestoredPartition, ownIds: ReadonlySet<number>) {
    this.partition = partition;
    this.transaction = new OpenTransaction(partition.plan.name);
    this.ownIds = ownIds;
  }

  get records(): number {
    return this.done ? this.partition.plan.records : 0;
  }

  async read(connection: BrokerConnection, log: ProvenLog, signal: AbortSignal): Promise<void> {
    const { plan, ledger } = this.partition;
    const { runs, start } = ledger.report;
    const gaps = [...gapsOf(plan.name, runs, start, plan.records), { from: ledger.end, to: log.end }];
    this.found = { markers: 0, foreign: 0, batches: 0, bytes: 0 };
    this.transaction.forget();
    for (const gap of gaps) {
      const behindOurs = gap.from > Math.max(start, log.start);
      await this.readGap(connection, { ...gap, from: Math.max(gap.from, log.start) }, behindOurs, signal);
    }
    this.done = true;
  }

  /** @param behindOurs records of ours stand right before it */
  private async readGap(
    connection: BrokerConnection,
    { from, to }: Gap,
    behindOurs: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { plan } = this.partition;
    if (behindOurs) await this.goOnBehind(connection, from - 1);
    const limit = to - from <= SMALL_GAP ? 1 : undefined;
    for await (const { header, commitMarker } of scan(connection, placeOf(plan), from, to, limit)) {
      signal.throwIfAborted();
      if (!this.ownIds.has(header.producerId)) this.found.foreign += header.lastOffsetDelta + 1;
      else if (!header.control) throw repeated(plan.name, header);
      else {
        this.transaction.end(header, commitMarker);
        this.found.markers += 1;
      }
    }
  }

  /** Whose transaction is open behind an offset of ours. It is only read where there is a choice of producers. */
  private async goOnBehind(connection: BrokerConnection, offset: number): Promise<void> {
    const { plan } = this.partition;
    const [only, ...others] = this.ownIds;
    if (only !== undefined && others.length === 0) {
      this.transaction.continue({ producerId: only, transactional: true, baseOffset: offset });
      return;
    }
    const read = await scan(connection, placeOf(plan), offset, offset + 1, 1).next();
    // Proved before, and compacted since.
    if (read.done === true) this.transaction.forget();
    else if (this.ownIds.has(read.value.header.producerId)) this.transaction.continue(read.value.header);
    else throw truncated(plan.name, `offset ${offset} holds a batch of producer ${read.value.header.producerId}`);
  }
}
