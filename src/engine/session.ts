import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import type { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Delivery } from './delivery.ts';
import { isUnwritable, OutcomeUnknown, type Waiting } from './failure.ts';
import type { PartitionStream } from './flow.ts';
import type { Journal } from './journal.ts';
import { openLanes, type OpenLane } from './lanes.ts';
import { leaderOf, movedLeader } from './leaders.ts';
import { Notes } from './notes.ts';
import type { RestoredPartition } from './partition.ts';
import type { RateLimiter } from './rate.ts';
import type { Step } from './steps.ts';

/** Milliseconds between two commits: frequent enough that little is at stake, rare enough to cost nothing. */
const COMMIT_EVERY_MS = 5_000;

export interface SessionContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly delivery: Delivery;
  readonly partitions: RestoredPartition[];
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly journal: Journal;
  readonly bytesPerSecond: RateLimiter;
  readonly recordsPerSecond: RateLimiter;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * One producer epoch at work: lanes send, an open transaction makes the brokers remember us, and every few seconds the
 * transaction is committed and the report checkpointed. A session ends with its first error; what is in the target then
 * is found out by the next takeover.
 */
export class Session {
  private readonly context: SessionContext;
  private readonly producer: ProducerSession;
  private readonly streams: PartitionStream[];
  private readonly lanes: OpenLane[] = [];
  /** Additions to the transaction, one after the other: the coordinator refuses two at once. */
  private enlisting: Promise<void> = Promise.resolve();
  private transactionOpen = false;

  private constructor(context: SessionContext, producer: ProducerSession) {
    this.context = context;
    this.producer = producer;
    this.streams = context.partitions
      .filter(({ complete, ledger }) => !complete && ledger.report.error === null)
      .map(({ plan, ledger }) => ({
        plan,
        ledger,
        base: producer.base[plan.target]?.[plan.partition] ?? 0,
        leaderEpoch: leaderOf(context.topics, plan).leaderEpoch,
      }));
  }

  /** Opens connections for all partitions that are not complete. */
  static async open(context: SessionContext, producer: ProducerSession): Promise<Session> {
    const session = new Session(context, producer);
    const shared = {
      ...context,
      producer,
      // Nobody but the process itself keeps one that was frozen from writing, where Kafka does not.
      mayWrite: () => (context.delivery.shutsOut ? Promise.resolve() : context.journal.stillOursNow()),
      enlist: (streams: readonly PartitionStream[]) => session.enlist(streams),
      onRefused: (stream: PartitionStream, error: RekindleError) => session.refuse(stream, error),
    };
    try {
      await openLanes(context.cluster, session.streams, context.topics, shared, session.lanes);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** What it waits for; null while it moves. */
  get waiting(): Waiting | null {
    return this.lanes.find(({ lane }) => lane.waiting !== null)?.lane.waiting ?? null;
  }

  /**
   * Restores until everything is in the target and committed (`done`), or until the time or the signal (`more`).
   * @param options.until milliseconds since the epoch
   * @throws OutcomeUnknown, RekindleError: the session is unusable then, close it
   */
  async run(options: { until: number; signal: AbortSignal }): Promise<'done' | 'more'> {
    for (;;) {
      if (this.lanes.every(({ lane }) => lane.done)) return 'done';
      if (options.signal.aborted || Date.now() >= options.until) return 'more';
      await this.sendUntil(Math.min(options.until, Date.now() + COMMIT_EVERY_MS), options.signal);
      await this.commit();
    }
  }

  /** Gives up all connections at once, so that nothing that is still in a socket can be delivered. */
  close(): void {
    for (const { connection } of this.lanes) connection.reset();
    for (const { lane } of this.lanes) lane.close();
  }

  /** One window: all lanes send, positions are noted meanwhile; all lanes are quiet at the end. */
  private async sendUntil(deadline: number, signal: AbortSignal): Promise<void> {
    const window = new AbortController();
    const close = (): void => window.abort();
    const timer = setTimeout(close, Math.max(0, deadline - Date.now()));
    const notes = new Notes(this.context.journal, () => this.acknowledgedBytes, close);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    try {
      const sending = this.lanes.map(({ lane }) => lane.run(window.signal));
      for (const lane of sending) lane.catch(close);
      const results = await Promise.allSettled(sending);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      // One that is only for want of room must not leave the transaction open: its time would be up before there is some.
      if (notes.failure && !isUnwritable(notes.failure)) throw notes.failure;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', close);
      notes.end();
    }
  }

  private get acknowledgedBytes(): number {
    return this.streams.reduce((sum, { ledger }) => sum + ledger.report.bytes, 0);
  }

  private async enlist(streams: readonly PartitionStream[]): Promise<void> {
    this.enlisting = this.enlisting.then(() => this.context.delivery.enlist(this.producer, streams));
    await this.enlisting;
    this.transactionOpen = true;
  }

  private async commit(): Promise<void> {
    if (!this.transactionOpen) return;
    const { delivery, journal, step } = this.context;
    await step('acknowledged');
    if ((await delivery.commit(this.producer)) !== 'committed') {
      throw new OutcomeUnknown('The transaction was ended by somebody else: by its timeout or by a newer writer');
    }
    this.transactionOpen = false;
    await step('committed');
    await this.assertLeaders();
    for (const { ledger } of this.streams) ledger.commit();
    await journal.write();
    await step('checkpointed');
  }

  /** What another leader has of what was acknowledged is found out by a takeover. */
  private async assertLeaders(): Promise<void> {
    const { admin, topics } = this.context;
    const moved = movedLeader(this.streams, topics, await admin.describe([...topics.keys()]));
    if (moved !== null) throw new OutcomeUnknown(moved);
  }

  private refuse(stream: PartitionStream, error: RekindleError): void {
    stream.ledger.report.error = { reason: error.reason, message: error.message, at: new Date().toISOString() };
    this.context.logger.error({ reason: error.reason, partition: stream.plan.name }, error.message);
    // On disk at the latest with the next checkpoint; a full disk is noticed there too.
    void this.context.journal.fail(error.reason, error.message).catch(() => undefined);
  }
}
