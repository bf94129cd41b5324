import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../kafka/connection.ts';
import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import type { TransactionCoordinator } from '../kafka/transactions.ts';
import { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { Coverage } from './coverage.ts';
import type { Journal } from './journal.ts';
import { OutcomeUnknown } from './lane.ts';
import type { PlanBatch } from './ledger.ts';
import type { RestoredPartition } from './partition.ts';
import { scan } from './scan.ts';
import { partitionsByTopic } from './session.ts';
import type { Step } from './steps.ts';

/**
 * After this time without a commit the coordinator aborts the open transaction. The broker's default maximum
 * (`transaction.max.timeout.ms`), so that there is time to bring a process back.
 */
export const TRANSACTION_TIMEOUT_MS = 15 * 60_000;

/** How long replicas may lag behind before the takeover is given up and tried again. Milliseconds. */
const REPLICAS_WAIT_MS = 30_000;

export interface TakeoverContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly coordinator: TransactionCoordinator;
  readonly partitions: RestoredPartition[];
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly journal: Journal;
  /** Producer ids of earlier attempts. */
  readonly ownIds: Set<number>;
  /** A partition whose transaction was aborted: purges it and begins it again, or throws why it may not. */
  readonly redo: (partition: RestoredPartition) => Promise<void>;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * Takes the target over, whoever wrote before and however it ended:
 *
 * 1. commit forward what the writer on record has in the log: never abort, for it is a correct prefix of the plan;
 * 2. bump the epoch: the coordinator refuses the old writer from now on;
 * 3. commit once more over all partitions, without records: the markers carry the new epoch to every leader, which
 *    refuses the old writer's late batches (brokers before 3.6 do not ask the coordinator);
 * 4. wait until everything is replicated, then read the tail and compare it with the plan, batch by batch.
 *
 * Afterwards the ledgers say what is in the target, and the report knows the new epoch before its first record.
 *
 * @throws OutcomeUnknown when the cluster changes meanwhile; RekindleError for what a person must decide
 */
export async function takeOver(context: TakeoverContext): Promise<ProducerSession> {
  const { coordinator, journal, partitions, step } = context;
  const { report } = journal;
  const started = performance.now();

  // Without a writer on record nobody has written under this report: there is nothing to commit and nobody to fence.
  const before = report.producer;
  if (before) await commitForward(coordinator, before);
  await step('takeover-committed');
  const producer = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  context.ownIds.add(producer.producerId);
  await step('takeover-bumped');
  if (before) await fence(coordinator, producer, partitions);
  await step('takeover-fenced');

  const ends = await replicatedEnds(context);
  await readTails(context, ends);

  const base: Record<string, number[]> = {};
  for (const { plan, ledger } of partitions) {
    ledger.commit();
    (base[plan.target] ??= [])[plan.partition] = ledger.next;
  }
  report.producer = { ...producer, base };
  await journal.write();
  context.logger.info(
    {
      producer,
      records: partitions.reduce((n, { ledger }) => n + ledger.next, 0),
      ms: Math.round(performance.now() - started),
    },
    'took the target over',
  );
  return report.producer;
}

/** The writer on record may have been fenced already by a takeover that did not live to write the report. */
async function commitForward(coordinator: TransactionCoordinator, producer: ProducerIdentity): Promise<void> {
  try {
    await coordinator.commit(producer);
  } catch (error) {
    if (!(error instanceof RekindleError) || error.reason !== 'Fenced') throw error;
  }
}

/** Step 3, also used against writers of earlier Restores: see {@link takeOver}. */
export async function fence(
  coordinator: TransactionCoordinator,
  producer: ProducerIdentity,
  partitions: readonly { plan: { target: string; partition: number } }[],
): Promise<void> {
  await coordinator.addPartitions(producer, partitionsByTopic(partitions));
  await coordinator.commit(producer);
}

/**
 * Ends of all partitions, once all that the leaders have is replicated: a batch that a leader has appended without its
 * replicas is not visible to a Fetch yet, but it may still become so.
 */
async function replicatedEnds(context: TakeoverContext): Promise<Map<RestoredPartition, number>> {
  const deadline = Date.now() + REPLICAS_WAIT_MS;
  const leaderEnds = await endsOf(context, 'leader-end');
  for (;;) {
    const replicated = await endsOf(context, 'high-watermark');
    const behind = context.partitions.filter((p) => (replicated.get(p) ?? 0) < (leaderEnds.get(p) ?? 0));
    if (behind.length === 0) return leaderEnds;
    if (Date.now() > deadline) {
      throw new OutcomeUnknown(
        `${behind[0]?.plan.name ?? ''}: replicas are behind the leader; waiting until they have caught up`,
      );
    }
    await sleep(50);
  }
}

async function endsOf(
  { admin, partitions }: TakeoverContext,
  kind: 'leader-end' | 'high-watermark',
): Promise<Map<RestoredPartition, number>> {
  const ends = new Map<RestoredPartition, number>();
  for (const { topic, partitions: numbers } of partitionsByTopic(partitions)) {
    const offsets = await admin.endOffsets(topic, numbers, kind);
    for (const partition of partitions) {
      const end = partition.plan.target === topic ? offsets.get(partition.plan.partition) : undefined;
      if (end !== undefined) ends.set(partition, end);
    }
  }
  return ends;
}

/** Reads the tails leader by leader, one connection each. */
async function readTails(context: TakeoverContext, ends: Map<RestoredPartition, number>): Promise<void> {
  const byLeader = Map.groupBy(
    context.partitions,
    ({ plan }) => context.topics.get(plan.target)?.partitions.find((p) => p.partition === plan.partition)?.leader ?? -1,
  );
  await Promise.all(
    [...byLeader].map(async ([leader, served]) => {
      const connection = await context.cluster.openConnection(leader);
      try {
        for (const partition of served) await readTail(context, connection, partition, ends.get(partition) ?? 0);
      } finally {
        connection.reset();
      }
    }),
  );
}

async function readTail(
  context: TakeoverContext,
  connection: BrokerConnection,
  partition: RestoredPartition,
  end: number,
): Promise<void> {
  const { plan, ledger } = partition;
  const { last, start } = ledger.report;
  if (end < ledger.end) {
    throw truncated(plan.name, `the log ends at ${end}, but records up to ${ledger.end} were acknowledged`);
  }
  const producer = context.journal.report.producer;
  const coverage = new Coverage(
    {
      producerId: producer?.producerId ?? -1,
      producerEpoch: producer?.producerEpoch ?? -1,
      base: producer?.base[plan.target]?.[plan.partition] ?? 0,
    },
    context.ownIds,
  );
  const expected = new Expected(plan.rows(ledger.next));
  // The last batch on record is read again: if it is not there, nothing before it can be trusted to be.
  let lastSeen = last === null;
  let uncommitted = ledger.report.acknowledged > ledger.report.committed;
  for await (const { header, commitMarker } of scan(connection, at(plan), last?.offset ?? start, end)) {
    if (!lastSeen) {
      if (header.baseOffset !== last?.offset || header.crc !== last.crc) {
        throw truncated(plan.name, `offset ${last?.offset ?? 0} does not hold the batch that was acknowledged there`);
      }
      lastSeen = true;
      continue;
    }
    const verdict = coverage.judge(header, commitMarker, ledger.next, await expected.at(ledger.next));
    switch (verdict.is) {
      case 'ours':
        ledger.acknowledge(expected.current, header.baseOffset, verdict.crc);
        uncommitted = true;
        break;
      case 'foreign':
        ledger.foreign(header.baseOffset, header.lastOffsetDelta + 1);
        break;
      case 'marker':
        if (!verdict.committed && uncommitted) {
          await context.redo(partition);
          return;
        }
        uncommitted = false;
        break;
      case 'repeat':
      case 'hole':
      case 'different':
        halt(partition, verdict, header.baseOffset);
        return;
    }
  }
}

function halt({ plan, ledger }: RestoredPartition, verdict: { is: string; index: number }, offset: number): void {
  const reason = verdict.is === 'hole' ? 'LedgerHole' : 'LedgerRepeat';
  ledger.report.error = {
    reason,
    message: `${plan.name}: at offset ${offset} stands a batch of plan index ${verdict.index} (${verdict.is}), expected was ${ledger.next}. Nothing more is written to this partition; to restore it again, start from zero.`,
    at: new Date().toISOString(),
  };
}

const truncated = (name: string, what: string): RekindleError =>
  new RekindleError(
    'TargetTruncated',
    `${name}: ${what}. The target lost records (unclean leader election, deleted records or another topic of that name). Start from zero to restore it again.`,
  );

const at = (plan: { target: string; partition: number }): { topic: string; partition: number } => ({
  topic: plan.target,
  partition: plan.partition,
});

/** The plan's batches, one after the other, as the scan asks for them. */
class Expected {
  private readonly rows: AsyncGenerator<PlanBatch>;
  private batch: PlanBatch | null = null;

  constructor(rows: AsyncGenerator<PlanBatch>) {
    this.rows = rows;
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
