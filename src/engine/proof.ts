import { mapInParallel } from '../model/parallel.ts';
import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { BrokerConnection, KafkaCluster } from '../kafka/cluster.ts';
import type { ProofKind } from '../model/order.ts';
import type { ProofRecord } from '../model/report.ts';
import { LeaderConnections } from './leader-connections.ts';
import { byLeader } from './leaders.ts';
import { LedgerProof } from './ledger-proof.ts';
import { assertNoneOf, checkLastBatch, provenLogs } from './log-ends.ts';
import type { PartitionProof, ProvenLog } from './partition-proof.ts';
import type { RestoredPartition } from './partition.ts';
import { ReadBack } from './read-back.ts';
import { replicatedEnds } from './replicated-ends.ts';
import { gapsOf } from './runs.ts';
import type { Step } from './steps.ts';

/** Partitions that are read at the same time, over all brokers. */
const PARTITIONS_AT_ONCE = 4;

export interface ProofContext {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  /** As described just now. */
  readonly topics: ReadonlyMap<string, TopicDescription>;
  /** Whether what a process has sent that is gone may still arrive. */
  readonly mayArriveLate: boolean;
  readonly step: Step;
  readonly signal: AbortSignal;
}

/**
 * Proves that the target holds every record once, in order: the ledger covers the plan, every offset of the log is
 * accounted for, and, by reading back, every byte. What was read stays read: after an error that passes it is run again
 * and goes on.
 */
export class Proof {
  private readonly kind: ProofKind;
  private readonly proofs: readonly PartitionProof[];
  private readonly ownIds: ReadonlySet<number>;
  /** Up to which offset, exclusive, those that are done have been read; perhaps long ago. */
  private readonly readTo = new Map<PartitionProof, number>();

  /** @throws RekindleError `LedgerHole` or `LedgerRepeat` when the ledger alone refutes it */
  constructor(kind: ProofKind, partitions: readonly RestoredPartition[], ownIds: ReadonlySet<number>) {
    for (const { plan, ledger } of partitions) {
      gapsOf(plan.name, ledger.report.runs, ledger.report.start, plan.records);
    }
    this.kind = kind;
    this.ownIds = ownIds;
    this.proofs = partitions.map((partition) =>
      kind === 'ReadBack' ? new ReadBack(partition, ownIds) : new LedgerProof(partition, ownIds),
    );
  }

  /** Records proved so far. */
  get records(): number {
    return this.proofs.reduce((sum, { records }) => sum + records, 0);
  }

  /**
   * @throws RekindleError `LedgerHole`, `LedgerRepeat`, `TargetDamaged`, `TargetTruncated`, or what passes;
   *   OutcomeUnknown; the signal's reason
   */
  async run(context: ProofContext): Promise<ProofRecord> {
    const partitions = this.proofs.map(({ partition }) => partition);
    const logs = await provenLogs(context.admin, partitions, context.signal);
    const open = this.proofs.filter(({ done }) => !done);
    await eachOf(open, logs, context, async (proof, log, connection, signal) => {
      await context.step('proving');
      await proof.read(connection, log, signal);
      this.readTo.set(proof, log.end);
    });
    if (context.mayArriveLate) await this.assertNothingArrived(context, logs);
    // Last of all: so that nothing can have been truncated while others were read.
    await eachOf(this.proofs, logs, context, ({ partition }, log, connection) =>
      checkLastBatch(connection, partition, log, this.ownIds),
    );
    return this.record();
  }

  /** Behind what was read there may be something of ours by now. */
  private async assertNothingArrived(
    context: ProofContext,
    logs: ReadonlyMap<RestoredPartition, ProvenLog>,
  ): Promise<void> {
    const ends = await replicatedEnds(context.admin, [...logs.keys()], context.signal);
    await eachOf(this.proofs, logs, context, async (proof, { end }, connection) => {
      const { partition } = proof;
      const to = ends.get(partition) ?? end;
      await assertNoneOf(this.ownIds, connection, partition, { from: this.readTo.get(proof) ?? end, to });
      this.readTo.set(proof, to);
    });
  }

  private record(): ProofRecord {
    const sum = (of: (proof: PartitionProof) => number): number => this.proofs.reduce((n, proof) => n + of(proof), 0);
    return {
      at: new Date().toISOString(),
      kind: this.kind,
      records: this.records,
      runs: sum(({ partition }) => partition.ledger.report.runs.length),
      markers: sum(({ found }) => found.markers),
      foreign: sum(({ found }) => found.foreign),
      ...(this.kind === 'ReadBack'
        ? { batches: sum(({ found }) => found.batches), bytes: sum(({ found }) => found.bytes) }
        : {}),
    };
  }
}

/** Works on several partitions at a time, each over a connection to its leader; the first error ends all of it. */
async function eachOf(
  proofs: readonly PartitionProof[],
  logs: ReadonlyMap<RestoredPartition, ProvenLog>,
  { cluster, topics, signal }: ProofContext,
  work: (proof: PartitionProof, log: ProvenLog, connection: BrokerConnection, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const connections = new LeaderConnections(cluster, topics);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  either.addEventListener('abort', () => connections.close(), { once: true });
  try {
    await mapInParallel(alternating(proofs, topics), PARTITIONS_AT_ONCE, async (proof) => {
      const log = logs.get(proof.partition);
      if (!log) throw new Error(`${proof.partition.plan.name}: its offsets are not known`);
      try {
        either.throwIfAborted();
        await connections.use(proof.partition.plan, (connection) => work(proof, log, connection, either));
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
  } catch (error) {
    // A connection that was given up because of the signal looks as if it had been lost.
    signal.throwIfAborted();
    throw error;
  } finally {
    connections.close();
  }
}

/** One partition of each broker after the other, so that all brokers are read at the same time. */
function alternating(proofs: readonly PartitionProof[], topics: ProofContext['topics']): PartitionProof[] {
  const led = byLeader(
    proofs.map((proof) => ({ proof, plan: proof.partition.plan })),
    topics,
  );
  const turns = Math.max(0, ...[...led.values()].map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => [...led.values()].flatMap((of) => of[turn]?.proof ?? [])).flat();
}
