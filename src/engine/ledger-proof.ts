import type { BrokerConnection } from '../kafka/connection.ts';
import { placeOf, type RestoredPartition } from './partition.ts';
import { repeated, type PartitionProof, type ProvenLog } from './partition-proof.ts';
import { gapsOf, type Gap } from './runs.ts';
import { scan } from './scan.ts';
import { aborted } from './truncation.ts';

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

  constructor(partition: RestoredPartition, ownIds: ReadonlySet<number>) {
    this.partition = partition;
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
    for (const gap of gaps) {
      const standsBefore = gap.from > start && gap.from >= log.start;
      await this.readGap(connection, { ...gap, from: Math.max(gap.from, log.start) }, standsBefore, signal);
    }
    this.done = true;
  }

  /** @param open records of ours stand right before it, whose transaction the first marker of ours ends */
  private async readGap(
    connection: BrokerConnection,
    { from, to }: Gap,
    open: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { plan } = this.partition;
    const limit = to - from <= SMALL_GAP ? 1 : undefined;
    for await (const { header, commitMarker } of scan(connection, placeOf(plan), from, to, limit)) {
      signal.throwIfAborted();
      if (!this.ownIds.has(header.producerId)) this.found.foreign += header.lastOffsetDelta + 1;
      else if (!header.control) throw repeated(plan.name, header);
      else {
        const aborts = open && !commitMarker && header.producerId === (await this.producerOf(connection, from - 1));
        if (aborts) throw aborted(plan.name, header.baseOffset);
        open = false;
        this.found.markers += 1;
      }
    }
  }

  /** Who wrote what stands at this offset: a marker that aborts may be of another id of this Restore. */
  private async producerOf(connection: BrokerConnection, offset: number): Promise<number | null> {
    const { value } = await scan(connection, placeOf(this.partition.plan), offset, offset + 1, 1).next();
    return value?.header.producerId ?? null;
  }
}
