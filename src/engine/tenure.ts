import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import type { TransactionCoordinator } from '../kafka/transactions.ts';
import { partitionsByTopic, type OfPartition } from './partition.ts';
import type { Step } from './steps.ts';

/**
 * After this time without a commit the coordinator aborts the open transaction, unless a run is given another. The broker's
 * default maximum (`transaction.max.timeout.ms`), so that there is time to bring a process back.
 */
const TRANSACTION_TIMEOUT_MS = 15 * 60_000;

/** The id under which a transactional id writes, for one that nobody has used yet. */
export async function firstProducer(
  coordinator: TransactionCoordinator,
  timeoutMs = TRANSACTION_TIMEOUT_MS,
): Promise<ProducerIdentity> {
  return coordinator.initProducerId(timeoutMs);
}

export interface Taking {
  /** Called once it is known who holds it. @throws RekindleError `ReportTakenOver` when it is another one's to take by now */
  readonly confirm: () => Promise<void>;
  readonly step?: Step;
}

/**
 * Takes a transactional id over from whoever holds it by the coordinator's word, also from a process whose report was
 * lost. What it has in the log is committed, never aborted: it is a correct prefix of the plan. From then on the
 * coordinator refuses it.
 * @throws RekindleError `Fenced` when somebody else does the same at this moment
 */
export async function takeTenure(
  coordinator: TransactionCoordinator,
  { confirm, step = () => undefined }: Taking,
  timeoutMs = TRANSACTION_TIMEOUT_MS,
): Promise<ProducerIdentity> {
  const holder = await coordinator.holder();
  // Whoever opens the report after this look will have a newer epoch than the holder's: its transaction is not committed,
  // nor aborted by the next epoch after the second look, but in the moment between.
  await confirm();
  if (holder) await coordinator.commit(holder);
  await step('takeover-committed');
  await confirm();
  const producer = await coordinator.initProducerId(timeoutMs);
  await step('takeover-bumped');
  return producer;
}

/**
 * Commits once over these partitions, without records. The markers carry the epoch to every leader, which refuses older
 * ones from then on (brokers before 3.6 do not ask the coordinator); and that it works shows that nobody has taken the
 * transactional id over since.
 * @throws RekindleError `Fenced`
 */
export async function fence(
  coordinator: TransactionCoordinator,
  producer: ProducerIdentity,
  partitions: readonly OfPartition[],
): Promise<void> {
  await coordinator.addPartitions(producer, partitionsByTopic(partitions));
  await coordinator.commit(producer);
}
