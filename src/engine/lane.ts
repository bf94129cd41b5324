import type { BrokerConnection } from '../kafka/cluster.ts';
import type { ProduceResult } from '../kafka/produce.ts';
import { stamp, type ProducerStamp } from '../kafka/record-batch.ts';
import { Bell } from './bell.ts';
import { OutcomeUnknown, type Waiting } from './failure.ts';
import type { FedBatch } from './feed.ts';
import { PartitionFlow, type FlowContext, type PartitionStream } from './flow.ts';
import type { RateLimiter } from './rate.ts';

/** Bytes of batches in one Produce request; the broker takes up to `socket.request.max.bytes` (100 MiB by default). */
const REQUEST_BYTES = 8 * 1024 * 1024;

/**
 * Requests of one connection on their way at once. A broker serves them one after the other; the next one is there
 * when it has answered the last.
 */
const REQUESTS = 3;

/** What all lanes of a session share. */
export interface LaneContext extends Omit<FlowContext, 'onNews'> {
  /** Partitions that a lane has open at once: what bounds its memory. */
  readonly partitionsAtOnce: number;
  readonly bytesPerSecond: RateLimiter;
  readonly recordsPerSecond: RateLimiter;
  /** To be awaited before each request. @throws RekindleError `ReportTakenOver` */
  readonly mayWrite: () => Promise<void>;
  /** Adds partitions to the open transaction, or opens it. To be awaited before the first batch. */
  readonly enlist: (streams: readonly PartitionStream[]) => Promise<void>;
}

interface Sent {
  flow: PartitionFlow;
  fed: FedBatch & { stamp: ProducerStamp };
}

/**
 * One connection to one broker, with the partitions that it serves: a few requests are on their way, each with at most
 * one batch of a partition. What may follow what is the business of each partition's {@link PartitionFlow}.
 */
export class Lane {
  private readonly connection: BrokerConnection;
  private readonly unopened: PartitionStream[];
  private readonly context: LaneContext;
  private readonly bell = new Bell();
  private flows: PartitionFlow[] = [];
  private inFlight = 0;
  private failure: Error | null = null;

  constructor(connection: BrokerConnection, streams: readonly PartitionStream[], context: LaneContext) {
    this.connection = connection;
    this.unopened = [...streams];
    this.context = context;
  }

  /** Nothing is left to be sent. */
  get done(): boolean {
    return this.unopened.length === 0 && this.flows.every(({ finished }) => finished);
  }

  /** What its partitions wait for; null while something comes from the archive. */
  get waiting(): Waiting | null {
    return this.flows.find(({ waiting }) => waiting !== null)?.waiting ?? null;
  }

  /**
   * Sends until the signal closes the window or everything is sent; nothing is in flight when it returns.
   * @throws OutcomeUnknown, RekindleError `Fenced`, and what reading the archive throws; the connection must be given up
   */
  async run(window: AbortSignal): Promise<void> {
    window.addEventListener('abort', this.bell.ring, { once: true });
    try {
      await this.begin(this.flows);
      while (!window.aborted || this.inFlight > 0) {
        if (this.failure) throw this.failure;
        if (!window.aborted && (await this.sendNext(window))) continue;
        if (this.inFlight === 0 && this.done) return;
        await this.bell.rest();
      }
      if (this.failure) throw this.failure;
    } finally {
      window.removeEventListener('abort', this.bell.ring);
    }
  }

  close(): void {
    for (const flow of this.flows) flow.close();
  }

  /** @returns false when nothing can be sent at the moment */
  private async sendNext(window: AbortSignal): Promise<boolean> {
    await this.openMore();
    const { bytesPerSecond, recordsPerSecond } = this.context;
    if (this.inFlight >= REQUESTS || !this.flows.some((flow) => flow.next())) return false;
    await bytesPerSecond.credit(window);
    await recordsPerSecond.credit(window);
    await this.context.mayWrite();
    const batches = window.aborted ? [] : this.collect();
    if (batches.length === 0) return false;
    bytesPerSecond.charge(batches.reduce((sum, { fed }) => sum + fed.bytes.length, 0));
    recordsPerSecond.charge(batches.reduce((sum, { fed }) => sum + fed.batch.count, 0));
    this.deliver(batches);
    return true;
  }

  /** Opens partitions in place of those that are finished. */
  private async openMore(): Promise<void> {
    this.flows = this.flows.filter((flow) => {
      if (flow.finished) flow.close();
      return !flow.finished;
    });
    const opened = this.unopened
      .splice(0, this.context.partitionsAtOnce - this.flows.length)
      .map((stream) => new PartitionFlow(stream, { ...this.context, onNews: this.bell.ring }));
    this.flows.push(...opened);
    await this.begin(opened);
  }

  private async begin(flows: readonly PartitionFlow[]): Promise<void> {
    if (flows.length === 0) return;
    await this.context.enlist(flows.map(({ stream }) => stream));
    for (const flow of flows) flow.begin();
  }

  /** At most one batch of each partition; whoever is left out comes first the next time. */
  private collect(): Sent[] {
    const batches: Sent[] = [];
    const leftOut: PartitionFlow[] = [];
    let bytes = 0;
    for (const flow of this.flows) {
      const next = flow.next();
      if (next && (batches.length === 0 || bytes + next.length <= REQUEST_BYTES)) {
        batches.push({ flow, fed: flow.send() });
        bytes += next.length;
      } else {
        leftOut.push(flow);
      }
    }
    this.flows = [...leftOut, ...batches.map(({ flow }) => flow)];
    return batches;
  }

  /** Sends the batches; answers come in the order of the requests. */
  private deliver(batches: readonly Sent[]): void {
    this.inFlight += 1;
    this.produce(batches)
      .then((results) => {
        for (const { flow, fed } of batches) flow.answered(resultOf(flow.stream, results), fed);
      })
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.inFlight -= 1;
        this.bell.ring();
      });
  }

  private async produce(batches: readonly Sent[]): Promise<ProduceResult[]> {
    const topics = new Map<string, { topic: string; partitions: { partition: number; batch: Buffer }[] }>();
    for (const { flow, fed } of batches) {
      stamp(fed.bytes, fed.stamp);
      const { target, partition } = flow.stream.plan;
      const topic = topics.get(target) ?? { topic: target, partitions: [] };
      topic.partitions.push({ partition, batch: fed.bytes });
      topics.set(target, topic);
    }
    const { transactionalId } = this.context.delivery;
    try {
      return await this.connection.produce({ transactionalId, topics: [...topics.values()] });
    } catch (error) {
      throw new OutcomeUnknown('The connection was lost while batches were on their way', { cause: error });
    }
  }
}

function resultOf({ plan }: PartitionStream, results: readonly ProduceResult[]): ProduceResult {
  const result = results.find(({ topic, partition }) => topic === plan.target && partition === plan.partition);
  if (!result) throw new OutcomeUnknown(`The broker's answer leaves out ${plan.name}`);
  return result;
}
