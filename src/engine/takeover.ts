import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { KafkaCluster } from '../kafka/connection.ts';
import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import type { TransactionCoordinator } from '../kafka/transactions.ts';
import { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Journal } from './journal.ts';
import { partitionsByTopic, type RestoredPartition } from './partition.ts';
import { replicatedEnds } from './replicated-ends.ts';
import type { Step } from './steps.ts';
import { readTails } from './tail.ts';

/**
 * After this time without a commit the coordinator aborts the open transaction. The broker's default maximum
 * (`transaction.max.timeout.ms`), so that there is time to bring a process back.
 */
export const TRANSACTION_TIMEOUT_MS = 15 * 60_000;

export interface TakeoverContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly coordinator: TransactionCoordinator;
  readonly partitions: RestoredPartition[];
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly journal: Journal;
  /** Producer ids that are claimed. */
  readonly ownIds: ReadonlySet<number>;
  /** A partition whose transaction was aborted: purges it and begins it again, or throws why it may not. */
  readonly redo: (partition: RestoredPartition) => Promise<void>;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * Takes the target over, whoever wrote before and however it ended:
 *
 * 1. commit forward what the last writer has in the log: never abort, for it is a correct prefix of the plan. Who that is
 *    the coordinator knows, also where the last writer's report was lost;
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

  const before = report.producer;
  const holder = await coordinator.holder();
  if (holder) await commitForward(coordinator, holder);
  await step('takeover-committed');
  const producer = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
  assertClaimed(producer, context.ownIds);
  await step('takeover-bumped');
  // Without a writer on record nobody has written under this report: there is nobody to fence.
  if (before) await fence(coordinator, producer, partitions);
  await step('takeover-fenced');

  const ends = await replicatedEnds(context.admin, partitions);
  await readTails({ ...context, writer: before }, partitions, ends);

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

/**
 * What a producer writes without a claim, a start from zero would not know as ours. The coordinator gives out another id
 * when it has forgotten ours, or when all its epochs are used up.
 */
function assertClaimed({ producerId }: ProducerIdentity, ownIds: ReadonlySet<number>): void {
  if (ownIds.has(producerId)) return;
  throw new RekindleError(
    'ProducerUnclaimed',
    `Kafka gave the restore another producer id (${producerId}). The next attempt claims it before it writes with it.`,
  );
}

/** Another takeover may have come in between. */
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
