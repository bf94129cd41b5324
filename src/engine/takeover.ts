import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import { RekindleError } from '../model/reasons.ts';
import type { ProducerSession } from '../model/report.ts';
import type { RestoredPartition } from './partition.ts';
import { finishRedos, redo, type RedoContext } from './redo.ts';
import { offsetsOf, replicatedEnds } from './replicated-ends.ts';
import { readTails } from './tail.ts';

/** Of whoever takes the target over first: the claim has epoch 0. */
const FIRST_EPOCH = 1;

export interface TakeoverContext extends RedoContext {
  readonly partitions: RestoredPartition[];
  readonly signal: AbortSignal;
  /** Everything is there, and is going to be read. */
  readonly onReadable: () => void;
}

/**
 * Takes the target over, whoever wrote before and however it ended. Without transactions 1 to 3 are but a new epoch:
 *
 * 1. commit forward what the last writer has in the log, and
 * 2. bump the epoch: see `takeTenure`;
 * 3. commit once more over all partitions, without records: see `fence`;
 * 4. wait until everything is replicated, then read the tail and compare it with the plan, batch by batch.
 *
 * Afterwards the ledgers say what is in the target, and the report knows the new epoch before its first record.
 *
 * @throws OutcomeUnknown when the cluster changes meanwhile; RekindleError for what a person must decide, `ReportTakenOver`;
 *   the signal's reason
 */
export async function takeOver(context: TakeoverContext): Promise<ProducerSession> {
  const { delivery, journal, partitions, step, signal } = context;
  const { report } = journal;
  const started = performance.now();

  const before = report.producer;
  const confirm = (): Promise<void> => journal.stillOurs();
  const taken = await delivery.take({ confirm, step });
  assertClaimed(taken, context.ownIds);
  // A report that knows of no writer may be an older one than the last writer's: who holds a later epoch may have written.
  const mayHaveWritten = before !== null || taken.producerEpoch > FIRST_EPOCH;
  if (mayHaveWritten) await delivery.fence(taken, partitions);
  await step('takeover-fenced');

  const ends = await replicatedEnds(context.admin, partitions, signal);
  context.onReadable();
  await finishRedos(context, partitions);
  const begin = (partition: RestoredPartition, abortedAt: number): Promise<void> =>
    redo(context, taken, partition, abortedAt);
  const earliest = await offsetsOf(context.admin, partitions, 'earliest');
  const extents = new Map(
    [...ends].map(([partition, end]) => [partition, { earliest: earliest.get(partition) ?? 0, end }]),
  );
  const newest = await readTails({ ...context, writer: before, redo: begin }, partitions, extents);
  const producer = delivery.above(taken, newest.get(taken.producerId) ?? -1);

  await confirm();
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
