import { stampedCrc, verifyCrc, type ProducerStamp } from '../kafka/record-batch.ts';
import type { ProduceResult } from '../kafka/produce.ts';
import { Code, kafkaError } from '../kafka/errors.ts';
import { waitingForReplicas } from '../kafka/replicas.ts';
import { backoffMs } from '../model/backoff.ts';
import { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import { sequenceOf } from './coverage.ts';
import type { Delivery } from './delivery.ts';
import { OutcomeUnknown, type Waiting } from './failure.ts';
import { Feed, type FedBatch } from './feed.ts';
import type { PartitionLedger } from './ledger.ts';
import { readPatiently } from './patient-reading.ts';
import { Pipeline } from './pipeline.ts';
import type { PartitionPlan } from './plan.ts';
import { produceOutcome } from './produce-outcome.ts';

/** Wait before a batch that was answered "again" is sent again. */
const AGAIN_AFTER = { firstMs: 2, maxMs: 100 };

/** How long a broker may answer "again" to the same batch before the session is opened anew. Milliseconds. */
const AGAIN_LIMIT_MS = 30_000;

/** One partition as a session restores it. */
export interface PartitionStream {
  readonly plan: PartitionPlan;
  readonly ledger: PartitionLedger;
  /** Plan index at which the session's producer epoch began. */
  readonly base: number;
  /** Epoch of the leader that the session writes to. */
  readonly leaderEpoch: number;
}

export interface FlowContext {
  readonly producer: Pick<ProducerSession, 'producerId' | 'producerEpoch'>;
  readonly delivery: Pick<Delivery, 'transactionalId' | 'depth'>;
  /** Bytes read ahead from the archive. */
  readonly readAheadBytes: number;
  /** The partition can go no further; the others do. */
  readonly onRefused: (stream: PartitionStream, error: RekindleError) => void;
  /** `next` or `finished` may have something new to say. */
  readonly onNews: () => void;
}

/** One partition on its way from the archive to the ledger, batch by batch, in order. */
export class PartitionFlow {
  readonly stream: PartitionStream;
  private readonly context: FlowContext;
  private readonly feed: Feed;
  private readonly pipeline: Pipeline;
  /** Why nothing comes from the archive at the moment; null while it does. */
  waiting: Waiting | null = null;
  private refusal: { readonly since: number; readonly times: number; over: boolean } | null = null;

  constructor(stream: PartitionStream, context: FlowContext) {
    this.stream = stream;
    this.context = context;
    const { plan, ledger } = stream;
    const { readAheadBytes, onNews, delivery } = context;
    this.pipeline = new Pipeline(delivery.depth);
    const onWaiting = (waiting: Waiting | null): void => void (this.waiting = waiting);
    this.feed = new Feed(
      (signal) =>
        readPatiently((from) => plan.batches(from, readAheadBytes, signal), ledger.next, { signal, onWaiting }),
      readAheadBytes,
      onNews,
    );
  }

  /** Nothing is on its way, and nothing will be. */
  get finished(): boolean {
    return this.pipeline.inFlight === 0 && (this.feed.done || this.stream.ledger.report.error !== null);
  }

  /** From now on its batches may be sent: it is in the transaction, if there is one. */
  begin(): void {
    this.pipeline.begin();
  }

  /** The batch to be sent next, if one may be sent now. @throws what reading the archive throws, damage excepted */
  next(): Buffer | undefined {
    if (!this.pipeline.hasRoom || this.stream.ledger.report.error !== null) return undefined;
    if (this.refusal?.over === false) return undefined;
    return this.peek()?.bytes;
  }

  /** The batch that `next` showed is sent now. */
  send(): FedBatch & { stamp: ProducerStamp } {
    const fed = this.peek();
    if (!fed) throw new Error(`${this.stream.plan.name}: nothing to send`);
    this.pipeline.sent();
    const { producer, delivery } = this.context;
    const { producerId, producerEpoch } = producer;
    const transactional = delivery.transactionalId !== null;
    const baseSequence = sequenceOf(fed.batch.index, this.stream.base);
    return { ...fed, stamp: { producerId, producerEpoch, baseSequence, transactional } };
  }

  /**
   * Settles the oldest batch that is on its way.
   * @throws OutcomeUnknown, RekindleError `Fenced`, `WaitingForReplicas`
   */
  answered(result: ProduceResult, { batch, bytes, stamp }: FedBatch & { stamp: ProducerStamp }): void {
    const { plan, ledger, leaderEpoch } = this.stream;
    switch (this.pipeline.answered(produceOutcome(result.errorCode))) {
      case 'written':
        if (!ledger.acknowledge(batch, { offset: result.baseOffset, crc: stampedCrc(batch, stamp), leaderEpoch })) {
          throw new OutcomeUnknown(
            `${plan.name}: offset ${result.baseOffset} was acknowledged, but ${ledger.end} is the earliest possible`,
          );
        }
        this.refusal = null;
        this.feed.shift();
        return;
      case 'unwritten':
        this.again(result);
        return;
      case 'refused':
        this.context.onRefused(this.stream, whyRefused(plan, { batch, bytes }, result));
        return;
      case 'fenced':
        throw new RekindleError('Fenced', `${plan.name}: a newer writer of this restore is in charge.`);
      case 'unknown':
        throw unfinished(result, `${plan.name}: ${kafkaError(result.errorCode).name}`);
    }
  }

  close(): void {
    this.feed.close();
  }

  /** A damaged archive stops this partition only; anything else stops the session. */
  private peek(): FedBatch | undefined {
    try {
      return this.feed.peek(this.pipeline.inFlight);
    } catch (error) {
      if (!(error instanceof RekindleError) || error.consequence !== 'failed') throw error;
      this.context.onRefused(this.stream, error);
      return undefined;
    }
  }

  /** The broker refuses to write for the moment. */
  private again(result: ProduceResult): void {
    if (this.stream.ledger.report.error !== null) return;
    const now = performance.now();
    const { since, times } = this.refusal ?? { since: now, times: 0 };
    if (now - since > AGAIN_LIMIT_MS) {
      const { name } = kafkaError(result.errorCode);
      throw unfinished(
        result,
        `${this.stream.plan.name}: the broker refuses to write for ${AGAIN_LIMIT_MS} ms (${name})`,
      );
    }
    const refusal = { since, times: times + 1, over: false };
    this.refusal = refusal;
    const pause = backoffMs(refusal.times, AGAIN_AFTER);
    // By the timer alone: it may be early by the clock, and nobody would ask again before the window closes.
    setTimeout(() => {
      refusal.over = true;
      this.context.onNews();
    }, pause);
  }
}

/** The session ends, and the next one finds out; a person is told what it waits for. */
function unfinished({ errorCode }: ProduceResult, message: string): Error {
  const tooFewReplicas = errorCode === Code.NotEnoughReplicas || errorCode === Code.NotEnoughReplicasAfterAppend;
  return tooFewReplicas ? waitingForReplicas(`${message}.`) : new OutcomeUnknown(message);
}

function whyRefused(
  plan: PartitionPlan,
  { batch, bytes }: Pick<FedBatch, 'batch' | 'bytes'>,
  { errorCode }: ProduceResult,
): RekindleError {
  const where = `${plan.name}: the batch at source offset ${batch.sourceOffset} of ${plan.topic.name}`;
  if (!verifyCrc(bytes)) {
    return new RekindleError(
      'SegmentDamaged',
      `${where} is damaged in the archive: its CRC does not match its payload, and the broker refused it. Repair the archive (rekindle archive verify names every damaged batch).`,
    );
  }
  const { name } = kafkaError(errorCode);
  return new RekindleError(
    'BatchRefused',
    `${where} (${batch.count} records, ${batch.size} bytes) was refused by the broker with ${name}. Change what ${name} names on the topic or the broker.`,
  );
}
