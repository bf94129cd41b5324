import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerConnection } from '../kafka/connection.ts';
import type { ProduceResult } from '../kafka/produce.ts';
import { kafkaError } from '../kafka/errors.ts';
import { stamp, stampedCrc, verifyCrc } from '../kafka/record-batch.ts';
import { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import { sequenceOf } from './coverage.ts';
import type { FedBatch, Feed } from './feed.ts';
import type { PartitionLedger } from './ledger.ts';
import type { PartitionPlan } from './plan.ts';
import { produceOutcome } from './produce-outcome.ts';
import type { RateLimiter } from './rate.ts';

/** Bytes of batches in one Produce request; the broker takes up to `socket.request.max.bytes` (100 MiB by default). */
const REQUEST_BYTES = 8 * 1024 * 1024;

/** How long a broker may answer "again" to the same batch before the session is opened anew. Milliseconds. */
const AGAIN_LIMIT_MS = 30_000;

/** The outcome of a request is not known: the session must be opened anew, which finds out. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** One partition as a session restores it. */
export interface PartitionStream {
  readonly plan: PartitionPlan;
  readonly ledger: PartitionLedger;
  readonly feed: Feed;
  /** Plan index at which the session's producer epoch began. */
  readonly base: number;
}

/** What all lanes of a session share. */
export interface LaneContext {
  readonly producer: Pick<ProducerSession, 'producerId' | 'producerEpoch'>;
  readonly transactionalId: string;
  readonly bytesPerSecond: RateLimiter;
  readonly recordsPerSecond: RateLimiter;
  /** A partition can go no further; the others do. */
  readonly onRefused: (stream: PartitionStream, error: RekindleError) => void;
}

/**
 * One connection to one broker, with the partitions that it serves. A broker handles the requests of a connection one
 * after the other, so a lane has one request in flight, with at most one batch of each of its partitions: the first
 * batch of a partition thus always travels alone, and a refused one can have no followers.
 */
export class Lane {
  private readonly connection: BrokerConnection;
  private readonly streams: PartitionStream[];
  private readonly context: LaneContext;

  constructor(connection: BrokerConnection, streams: PartitionStream[], context: LaneContext) {
    this.connection = connection;
    this.streams = streams;
    this.context = context;
  }

  /**
   * Sends until the signal closes the window or everything is sent; nothing is in flight when it returns.
   * @throws OutcomeUnknown, RekindleError `Fenced`, and what reading the archive throws
   */
  async run(window: AbortSignal): Promise<void> {
    while (!window.aborted) {
      const batches = await this.collect(window);
      if (batches.length === 0) return;
      const bytes = batches.reduce((sum, { fed }) => sum + fed.bytes.length, 0);
      const records = batches.reduce((sum, { fed }) => sum + fed.batch.count, 0);
      await this.context.bytesPerSecond.take(bytes, window);
      await this.context.recordsPerSecond.take(records, window);
      await this.deliver(batches);
    }
  }

  private get open(): PartitionStream[] {
    return this.streams.filter(({ feed, ledger }) => !feed.done && ledger.report.error === null);
  }

  /** At least one batch, at most one of each partition; none when there is nothing more to send. */
  private async collect(window: AbortSignal): Promise<{ stream: PartitionStream; fed: FedBatch }[]> {
    for (;;) {
      const open = this.open;
      if (open.length === 0 || window.aborted) return [];
      const ready: { stream: PartitionStream; fed: FedBatch }[] = [];
      let bytes = 0;
      for (const stream of open) {
        const fed = this.peek(stream);
        if (!fed) continue;
        if (ready.length > 0 && bytes + fed.bytes.length > REQUEST_BYTES) continue;
        ready.push({ stream, fed });
        bytes += fed.bytes.length;
      }
      if (ready.length > 0) return ready;
      await Promise.race([...open.map(({ feed }) => feed.ready()), aborted(window)]);
    }
  }

  /** A damaged archive stops its partition only; anything else stops the session. */
  private peek(stream: PartitionStream): FedBatch | undefined {
    try {
      return stream.feed.peek();
    } catch (error) {
      if (!(error instanceof RekindleError) || error.consequence !== 'failed') throw error;
      this.context.onRefused(stream, error);
      return undefined;
    }
  }

  /** Sends the batches and settles each; those answered "again" are sent again until they are settled too. */
  private async deliver(batches: { stream: PartitionStream; fed: FedBatch }[]): Promise<void> {
    const started = Date.now();
    let left = batches;
    for (let pause = 2; left.length > 0; pause = Math.min(pause * 2, 100)) {
      const results = await this.produce(left);
      left = left.filter(({ stream, fed }) => {
        const result = results.find((r) => r.topic === stream.plan.target && r.partition === stream.plan.partition);
        if (!result) throw new OutcomeUnknown(`The broker's answer leaves out ${stream.plan.name}`);
        return !this.settle(stream, fed, result);
      });
      if (left.length > 0 && Date.now() - started > AGAIN_LIMIT_MS) {
        throw new OutcomeUnknown(
          `${left[0]?.stream.plan.name ?? ''}: the broker refuses to write for ${AGAIN_LIMIT_MS} ms`,
        );
      }
      if (left.length > 0) await sleep(pause);
    }
  }

  private async produce(batches: { stream: PartitionStream; fed: FedBatch }[]): Promise<ProduceResult[]> {
    const topics = new Map<string, { topic: string; partitions: { partition: number; batch: Buffer }[] }>();
    for (const { stream, fed } of batches) {
      stamp(fed.bytes, this.stampOf(stream, fed));
      const { target, partition } = stream.plan;
      const topic = topics.get(target) ?? { topic: target, partitions: [] };
      topic.partitions.push({ partition, batch: fed.bytes });
      topics.set(target, topic);
    }
    try {
      return await this.connection.produce({
        transactionalId: this.context.transactionalId,
        topics: [...topics.values()],
      });
    } catch (error) {
      throw new OutcomeUnknown('The connection was lost while batches were on their way', { cause: error });
    }
  }

  /** @returns false if the batch must be sent again */
  private settle(stream: PartitionStream, fed: FedBatch, result: ProduceResult): boolean {
    switch (produceOutcome(result.errorCode)) {
      case 'again':
        return false;
      case 'written': {
        const crc = stampedCrc(fed.batch, this.stampOf(stream, fed));
        if (!stream.ledger.acknowledge(fed.batch, result.baseOffset, crc)) {
          throw new OutcomeUnknown(
            `${stream.plan.name}: offset ${result.baseOffset} was acknowledged, but ${stream.ledger.end} is the earliest possible`,
          );
        }
        break;
      }
      case 'refused':
        this.context.onRefused(stream, refusal(stream, fed, result));
        break;
      case 'fenced':
        throw new RekindleError('Fenced', `${stream.plan.name}: a newer writer of this restore is in charge.`);
      case 'unknown':
        throw new OutcomeUnknown(`${stream.plan.name}: ${kafkaError(result.errorCode).name}`);
    }
    stream.feed.shift();
    return true;
  }

  private stampOf(
    stream: PartitionStream,
    fed: FedBatch,
  ): { producerId: number; producerEpoch: number; baseSequence: number } {
    const { producerId, producerEpoch } = this.context.producer;
    return { producerId, producerEpoch, baseSequence: sequenceOf(fed.batch.index, stream.base) };
  }
}

function refusal({ plan }: PartitionStream, { batch, bytes }: FedBatch, { errorCode }: ProduceResult): RekindleError {
  const where = `${plan.name}: the batch at source offset ${batch.sourceOffset} of ${plan.topic.name}`;
  if (!verifyCrc(bytes)) {
    return new RekindleError(
      'SegmentDamaged',
      `${where} is damaged in the archive: its CRC does not match its payload, and the broker refused it. Repair the archive (rekindle archive verify names every damaged batch) and delete the Job to go on.`,
    );
  }
  const { name } = kafkaError(errorCode);
  return new RekindleError(
    'BatchRefused',
    `${where} (${batch.count} records, ${batch.size} bytes) was refused by the broker with ${name}. Change what ${name} names on the topic or the broker and delete the Job to go on.`,
  );
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
