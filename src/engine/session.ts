import type { BrokerConnection, KafkaCluster } from '../kafka/connection.ts';
import type { TopicDescription } from '../kafka/admin.ts';
import type { TransactionCoordinator } from '../kafka/transactions.ts';
import type { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { Feed } from './feed.ts';
import type { Journal } from './journal.ts';
import { Lane, OutcomeUnknown, type PartitionStream } from './lane.ts';
import type { RestoredPartition } from './partition.ts';
import type { RateLimiter } from './rate.ts';
import type { Step } from './steps.ts';

/** Connections to each broker; one request at a time is served on each. */
const LANES_PER_BROKER = 4;

/** Bytes read ahead from the archive, over all partitions of a process. */
const READ_AHEAD_BYTES = 96 * 1024 * 1024;

/** Milliseconds between two commits: frequent enough that little is at stake, rare enough to cost nothing. */
export const COMMIT_EVERY_MS = 5_000;

/** Milliseconds between two writes of acknowledged positions. */
const NOTE_EVERY_MS = 1_000;

export interface SessionContext {
  readonly cluster: KafkaCluster;
  readonly coordinator: TransactionCoordinator;
  readonly transactionalId: string;
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
  private readonly lanes: Lane[];
  private readonly connections: BrokerConnection[];

  private constructor(
    context: SessionContext,
    producer: ProducerSession,
    streams: PartitionStream[],
    lanes: Lane[],
    connections: BrokerConnection[],
  ) {
    this.context = context;
    this.producer = producer;
    this.streams = streams;
    this.lanes = lanes;
    this.connections = connections;
  }

  /** Opens connections and read-ahead for all partitions that are not complete. */
  static async open(context: SessionContext, producer: ProducerSession): Promise<Session> {
    const unfinished = context.partitions.filter(({ complete, ledger }) => !complete && ledger.report.error === null);
    const limit = READ_AHEAD_BYTES / Math.max(1, unfinished.length);
    const streams = unfinished.map(({ plan, ledger }) => ({
      plan,
      ledger,
      feed: new Feed((signal) => plan.batches(ledger.next, signal), limit),
      base: producer.base[plan.target]?.[plan.partition] ?? 0,
    }));
    const connections: BrokerConnection[] = [];
    const lanes: Lane[] = [];
    const session = new Session(context, producer, streams, lanes, connections);
    try {
      for (const [leader, served] of byLeader(streams, context.topics)) {
        for (const share of shares(served, LANES_PER_BROKER)) {
          const connection = await context.cluster.openConnection(leader);
          connections.push(connection);
          lanes.push(
            new Lane(connection, share, {
              producer,
              transactionalId: context.transactionalId,
              bytesPerSecond: context.bytesPerSecond,
              recordsPerSecond: context.recordsPerSecond,
              onRefused: (stream, error) => session.refuse(stream, error),
            }),
          );
        }
      }
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /**
   * Restores until everything is in the target and committed (`done`), or until the time or the signal (`more`).
   * @param options.until milliseconds since the epoch
   * @throws OutcomeUnknown, RekindleError: the session is unusable then, close it
   */
  async run(options: { until: number; signal: AbortSignal }): Promise<'done' | 'more'> {
    for (;;) {
      const active = this.active;
      if (active.length === 0) return 'done';
      if (options.signal.aborted || Date.now() >= options.until) return 'more';
      await this.context.coordinator.addPartitions(this.producer, partitionsByTopic(active));
      await this.sendUntil(Math.min(options.until, Date.now() + COMMIT_EVERY_MS), options.signal);
      await this.commit();
    }
  }

  /** Gives up all connections at once, so that nothing that is still in a socket can be delivered. */
  close(): void {
    for (const connection of this.connections) connection.reset();
    for (const { feed } of this.streams) feed.close();
  }

  private get active(): PartitionStream[] {
    return this.streams.filter(({ feed, ledger }) => !feed.done && ledger.report.error === null);
  }

  /** One window: all lanes send, positions are noted every second; all lanes are quiet at the end. */
  private async sendUntil(deadline: number, signal: AbortSignal): Promise<void> {
    const window = new AbortController();
    const close = (): void => window.abort();
    const timer = setTimeout(close, Math.max(0, deadline - Date.now()));
    const noteFailures: Error[] = [];
    const notes = setInterval(() => {
      this.context.journal.write().catch((error: unknown) => {
        noteFailures.push(error instanceof Error ? error : new Error(String(error)));
        close();
      });
    }, NOTE_EVERY_MS);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    try {
      const results = await Promise.allSettled(
        this.lanes.map((lane) =>
          lane.run(window.signal).catch((error: unknown) => {
            close();
            throw error;
          }),
        ),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      if (noteFailures[0]) throw noteFailures[0];
    } finally {
      clearTimeout(timer);
      clearInterval(notes);
      signal.removeEventListener('abort', close);
    }
  }

  private async commit(): Promise<void> {
    const { coordinator, journal, step } = this.context;
    await step('acknowledged');
    if ((await coordinator.commit(this.producer)) !== 'committed') {
      throw new OutcomeUnknown('The transaction was ended by somebody else: by its timeout or by a newer writer');
    }
    await step('committed');
    for (const { ledger } of this.streams) ledger.commit();
    await journal.write();
    await step('checkpointed');
  }

  private refuse(stream: PartitionStream, error: RekindleError): void {
    stream.ledger.report.error = { reason: error.reason, message: error.message, at: new Date().toISOString() };
    stream.feed.close();
    this.context.logger.error({ reason: error.reason, partition: stream.plan.name }, error.message);
    // On disk at the latest with the next checkpoint; a full disk is noticed there too.
    void this.context.journal.fail(error.reason, error.message).catch(() => undefined);
  }
}

function byLeader(
  streams: PartitionStream[],
  topics: ReadonlyMap<string, TopicDescription>,
): Map<number, PartitionStream[]> {
  const leaders = new Map<number, PartitionStream[]>();
  for (const stream of streams) {
    const { target, partition } = stream.plan;
    const leader = topics.get(target)?.partitions.find((p) => p.partition === partition)?.leader ?? -1;
    if (leader < 0) throw new OutcomeUnknown(`${stream.plan.name} has no leader`);
    leaders.set(leader, [...(leaders.get(leader) ?? []), stream]);
  }
  return leaders;
}

/** Deals the streams out to at most `n` shares. */
function shares<T>(items: T[], n: number): T[][] {
  const dealt: T[][] = Array.from({ length: Math.min(n, items.length) }, () => []);
  for (const [i, item] of items.entries()) dealt[i % dealt.length]?.push(item);
  return dealt;
}

export function partitionsByTopic(
  partitions: readonly { plan: { target: string; partition: number } }[],
): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { plan } of partitions) topics.set(plan.target, [...(topics.get(plan.target) ?? []), plan.partition]);
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
}
