import { setTimeout as sleep } from 'node:timers/promises';
import { Archive } from '../archive/reader.ts';
import { TopicAdmin, type TopicDescription } from '../kafka/admin.ts';
import { KafkaCluster } from '../kafka/connection.ts';
import { TransactionCoordinator } from '../kafka/transactions.ts';
import { mergeClaims, type Claim } from '../model/claim.ts';
import type { RestoreOrder } from '../model/order.ts';
import { RekindleError } from '../model/reasons.ts';
import { totals, type ProofRecord, type Report } from '../model/report.ts';
import { ReportStore } from '../report/store.ts';
import { openStorage } from '../storage/open.ts';
import type { Logger } from '../telemetry/log.ts';
import { isMomentary, waitingFor, type Waiting } from './failure.ts';
import { Journal } from './journal.ts';
import { PartitionLedger } from './ledger.ts';
import { openPlans } from './opening.ts';
import { restoredPartition, type RestoredPartition } from './partition.ts';
import type { PartitionPlan } from './plan.ts';
import { checkTopic, look, type Finding } from './preflight.ts';
import { progressOf, type Progress } from './progress.ts';
import { prove } from './proof.ts';
import { putConfigurationBack, type Held } from './put-back.ts';
import { RateLimiter } from './rate.ts';
import { Session } from './session.ts';
import type { Step } from './steps.ts';
import { fence, takeOver, TRANSACTION_TIMEOUT_MS } from './takeover.ts';
import { beginTopic, claimTopic, emptyPartition, ensureTopic, purge, sameTarget, type TargetTopic } from './target.ts';

/** Milliseconds between two reports of progress. */
const PROGRESS_EVERY_MS = 1_000;

/** Milliseconds before a lost session is opened again; doubles up to the second number. */
const REOPEN_AFTER_MS = [100, 10_000] as const;

export interface RunDependencies {
  order: RestoreOrder;
  /** Folder of the report; created when missing. */
  reportFolder: string;
  /** Pod or host name, for the list of attempts. */
  identity: string;
  /** Number of this attempt, from 1. */
  attempt: number;
  logger: Logger;
  step?: Step | undefined;
}

export interface Opened {
  /** Epoch of the report that this run writes. */
  epoch: number;
  /** Nothing is in the target yet: the restore starts from zero. */
  fresh: boolean;
  /** Records that were in place when this run began. */
  resumedFromRecords: number;
  totalRecords: number;
  totalBytes: number;
  partitions: number;
}

/** The connections of a run to its target, from the first need on. */
interface Target {
  cluster: KafkaCluster;
  admin: TopicAdmin;
  coordinator: TransactionCoordinator;
}

/**
 * One run of a restore, from opening the report to its end. Call in this order: `open`, `preflight`, `prepare`,
 * `restore` until it is done, `prove`, `finish`; `close` at any time.
 *
 * Everything thrown for a person to act on is a `RekindleError`; its consequence says what follows.
 */
export class RestoreRun {
  private readonly deps: RunDependencies;
  private readonly journal: Journal;
  private readonly plans: PartitionPlan[];
  private readonly ownIds = new Set<number>();
  private readonly step: Step;
  private readonly rates: { bytesPerSecond: RateLimiter; recordsPerSecond: RateLimiter };
  private claims: Claim[] = [];
  private target: Target | null = null;
  private partitions: RestoredPartition[] = [];
  private session: Session | null = null;
  private waiting: Waiting | null = null;

  private constructor(deps: RunDependencies, journal: Journal, plans: PartitionPlan[]) {
    this.deps = deps;
    this.journal = journal;
    this.plans = plans;
    this.step = deps.step ?? ((): void => undefined);
    const { bytesPerSecond = Infinity, recordsPerSecond = Infinity } = deps.order.limits;
    this.rates = {
      bytesPerSecond: new RateLimiter(bytesPerSecond),
      recordsPerSecond: new RateLimiter(recordsPerSecond),
    };
  }

  /**
   * Opens the report with the next epoch and reads the plan from the archive: the frozen one on a resume, the archive
   * as it is now on a start from zero or after Done.
   * @throws RekindleError `ReportOfAnotherRestore`, `ReportDamaged`, `ReportUnwritable`, `TopicNotInArchive`,
   *   `ArchiveMissing`, `ArchiveChanged`, `IndexDamaged`, `SegmentMissing`, `StorageUnreachable`
   */
  static async open(deps: RunDependencies): Promise<RestoreRun> {
    const archive = await Archive.open(openStorage(deps.order.source));
    const { plans, first } = await openPlans(archive, deps);
    const { store, current } = await ReportStore.open(deps.reportFolder, first, (step) =>
      step === 'temporary-written' ? deps.step?.('report-temporary-written') : undefined,
    );
    deps.logger.info({ epoch: store.epoch, folder: deps.reportFolder }, 'opened the report');
    return new RestoreRun(deps, new Journal(store, current), plans(current));
  }

  get opened(): Opened {
    const sum = totals(this.report);
    return {
      epoch: this.report.epoch,
      fresh: this.report.topics.length === 0,
      resumedFromRecords: this.report.attempts.at(-1)?.resumedFrom ?? 0,
      totalRecords: sum.records,
      totalBytes: sum.bytes,
      partitions: sum.partitions,
    };
  }

  /** The report as it stands; read only. */
  get report(): Report {
    return this.journal.report;
  }

  /**
   * Everything that can be known to go wrong, and what this Restore claims. Nothing is written to Kafka; a producer id
   * is taken, which fences whoever wrote under the same transactional id.
   * @param earlier claims of the same Restore, from before its report
   */
  async preflight(earlier: readonly Claim[]): Promise<{ findings: Finding[]; claim: Claim }> {
    this.claims = [...earlier];
    const { cluster, admin } = await this.connect();
    const resumed = this.report.topics.length > 0;
    const findings: Finding[] = [];
    const topics: Claim['topics'] = [];
    for (const topic of this.targetTopics) {
      const found = await look(admin, topic.name);
      const context = { earlier, clusterId: cluster.clusterId, createTopics: this.deps.order.createTopics, resumed };
      findings.push(...(await checkTopic(admin, topic, found, { ...context, now: Date.now() })));
      topics.push(
        claimTopic(topic, found && { id: found.description.id, empty: found.empty }, earlier, cluster.clusterId),
      );
    }
    const producerIds = this.report.producer ? [this.report.producer.producerId] : [];
    if (!this.report.producer && findings.length === 0) producerIds.push(await this.takeProducerId());
    return { findings, claim: this.claim(topics, producerIds) };
  }

  /**
   * Makes the target ready: creates and guards topics that are ours, fences writers of earlier Restores, purges our own
   * records on a start from zero, notes where everything begins.
   * @param claimed the claim as it was recorded
   * @returns the claim with the ids of created topics
   * @throws RekindleError `TargetReplaced`, `ResetNeedsApproval`, `KafkaUnreachable` …
   */
  async prepare(claimed: Claim): Promise<Claim> {
    const target = await this.connect();
    this.claims.push(claimed);
    for (const id of this.claims.flatMap(({ producerIds }) => producerIds)) this.ownIds.add(id);
    const context = { ...target, logger: this.deps.logger };
    const descriptions = new Map<string, TopicDescription>();
    if (this.report.topics.length > 0) {
      sameTarget(
        this.report,
        target.cluster.clusterId,
        await target.admin.describe(this.report.topics.map((t) => t.target)),
      );
    }
    for (const topic of this.targetTopics) {
      const claim = claimed.topics.find(({ name }) => name === topic.name);
      if (!claim) throw new Error(`no claim of topic ${topic.name}`);
      descriptions.set(topic.name, await ensureTopic(context, topic, claim));
    }
    const fresh = this.targetTopics.filter(
      ({ name }) => !this.report.topics.some(({ target: known }) => known === name),
    );
    if (fresh.length > 0 && this.claims.length > 1) await this.fenceEarlier(target, claimed, fresh);
    for (const topic of this.targetTopics) {
      const description = descriptions.get(topic.name);
      const known = this.report.topics.find(({ target: name }) => name === topic.name);
      if (!description) continue;
      if (!known) this.report.topics.push(await beginTopic(context, topic, description, this.claims));
      else await this.beginAddedPartitions(target, topic, known);
    }
    this.report.clusterId = target.cluster.clusterId;
    this.report.state = 'Restoring';
    await this.journal.write();
    this.partitions = this.plans.map((plan) =>
      restoredPartition(plan, new PartitionLedger(this.partitionReport(plan))),
    );
    return {
      ...claimed,
      topics: claimed.topics.map((topic) => ({ ...topic, id: descriptions.get(topic.name)?.id ?? topic.id })),
    };
  }

  /**
   * Restores until everything is in the target and committed (`done`), or until the time or the signal (`more`): then
   * everything sent is committed and checkpointed. While Kafka, the archive or the report cannot be reached it waits and
   * tries again; progress says so.
   * @param options.until milliseconds since 1970
   */
  async restore(options: {
    until?: number;
    signal: AbortSignal;
    onProgress: (progress: Progress) => void;
  }): Promise<'done' | 'more'> {
    const until = options.until ?? Infinity;
    const tell = (): void => options.onProgress(this.progress);
    const timer = setInterval(tell, PROGRESS_EVERY_MS);
    let pause: number = REOPEN_AFTER_MS[0];
    try {
      while (!options.signal.aborted && Date.now() < until) {
        try {
          this.session ??= await this.openSession();
          this.waiting = null;
          pause = REOPEN_AFTER_MS[0];
          const outcome = await this.session.run({ until, signal: options.signal });
          if (outcome === 'done') await this.restored();
          return outcome;
        } catch (error) {
          await this.survive(error, until);
          tell();
          await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
          pause = Math.min(pause * 2, REOPEN_AFTER_MS[1]);
        }
      }
      return 'more';
    } finally {
      clearInterval(timer);
      tell();
    }
  }

  /**
   * Proves that every record is in the target once, in order.
   * @throws RekindleError the first partition's error if any could not be restored; `LedgerHole`, `LedgerRepeat`
   */
  async prove(signal: AbortSignal): Promise<ProofRecord> {
    this.throwPartitionError();
    const { cluster, admin } = await this.connect();
    await this.step('proving');
    const topics = await admin.describe(this.targetTopics.map(({ name }) => name));
    const proof = await prove(cluster, topics, this.partitions, this.ownIds, signal);
    this.report.proof = proof;
    this.report.state = 'Proved';
    await this.journal.write();
    return proof;
  }

  /** Gives topics that are ours their own configuration, and closes the report as done. */
  async finish(): Promise<{ held: Held[] }> {
    const { admin } = await this.connect();
    await this.step('restoring-configuration');
    const held = await putConfigurationBack(admin, this.targetTopics, this.claims.at(-1)?.topics ?? []);
    this.report.state = 'Done';
    this.endAttempt('Done');
    await this.journal.write();
    return { held };
  }

  /** Closes the report as failed, with the reason; the topics keep their guards. */
  async fail(error: RekindleError): Promise<void> {
    this.report.state = 'Failed';
    this.endAttempt(error.reason);
    await this.journal.fail(error.reason, error.message);
  }

  /** Gives up all connections. What was acknowledged is found again by the next run. */
  async close(outcome?: string): Promise<void> {
    this.closeSession();
    if (outcome) {
      this.endAttempt(outcome);
      await this.journal.write();
    }
    await this.target?.cluster.close();
    this.target = null;
  }

  get progress(): Progress {
    return progressOf(this.report, this.waiting);
  }

  private get targetTopics(): TargetTopic[] {
    return [...Map.groupBy(this.plans, ({ target }) => target)].map(([name, plans]) => ({ name, plans }));
  }

  private async connect(): Promise<Target> {
    if (!this.target) {
      const cluster = await KafkaCluster.connect(this.deps.order.kafka, { logger: this.deps.logger });
      const coordinator = new TransactionCoordinator(cluster, this.report.transactionalId);
      this.target = { cluster, admin: new TopicAdmin(cluster), coordinator };
    }
    return this.target;
  }

  private async takeProducerId(): Promise<number> {
    const { coordinator } = await this.connect();
    return (await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS)).producerId;
  }

  private claim(topics: Claim['topics'], producerIds: number[]): Claim {
    const clusterId = this.target?.cluster.clusterId ?? '';
    const { transactionalId } = this.report;
    const newest = {
      clusterId,
      restore: this.deps.order.restore,
      transactionalIds: [transactionalId],
      producerIds,
      topics,
    };
    return mergeClaims(this.claims, newest);
  }

  /** Writers of a Restore of the same name that is gone may still live: nothing of theirs may come after a purge. */
  private async fenceEarlier(target: Target, claimed: Claim, topics: TargetTopic[]): Promise<void> {
    const partitions = topics.flatMap(({ plans }) => plans.map((plan) => ({ plan })));
    for (const transactionalId of claimed.transactionalIds) {
      const coordinator = new TransactionCoordinator(target.cluster, transactionalId);
      const producer = await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);
      this.ownIds.add(producer.producerId);
      await fence(coordinator, producer, partitions);
    }
  }

  private async beginAddedPartitions(
    target: Target,
    topic: TargetTopic,
    known: Report['topics'][number],
  ): Promise<void> {
    const added = topic.plans.filter(({ partition }) => !known.partitions.some((p) => p.partition === partition));
    if (added.length === 0) return;
    const numbers = added.map(({ partition }) => partition);
    const ends = await target.admin.endOffsets(topic.name, numbers, 'high-watermark');
    for (const partition of numbers) known.partitions.push(emptyPartition(partition, ends.get(partition) ?? 0));
  }

  private partitionReport({ target, partition, name }: PartitionPlan): Report['topics'][number]['partitions'][number] {
    const found = this.report.topics
      .find((topic) => topic.target === target)
      ?.partitions.find((p) => p.partition === partition);
    if (!found) throw new Error(`the report has no partition ${name}`);
    found.error = null; // a new run tries again
    return found;
  }

  private async openSession(): Promise<Session> {
    const target = await this.connect();
    const topics = await target.admin.describe(this.targetTopics.map(({ name }) => name));
    const shared = {
      ...target,
      partitions: this.partitions,
      topics,
      journal: this.journal,
      logger: this.deps.logger,
      step: this.step,
    };
    const producer = await takeOver({
      ...shared,
      ownIds: this.ownIds,
      redo: (partition) => this.redo(partition, topics),
    });
    return await Session.open({ ...shared, ...this.rates, transactionalId: this.report.transactionalId }, producer);
  }

  /** Records of an aborted transaction lie in the partition: it is purged if all of it is ours, and begun again. */
  private async redo(
    { plan, ledger }: RestoredPartition,
    topics: ReadonlyMap<string, TopicDescription>,
  ): Promise<void> {
    const { admin, cluster } = await this.connect();
    const description = topics.get(plan.target);
    if (!description) throw new Error(`topic ${plan.target} is gone`);
    const end = (await admin.endOffsets(plan.target, [plan.partition], 'high-watermark')).get(plan.partition) ?? 0;
    const own: Claim[] = [this.claim([], [...this.ownIds])];
    await purge(
      { cluster, admin, logger: this.deps.logger },
      plan.target,
      description,
      new Map([[plan.partition, end]]),
      own,
    );
    this.deps.logger.warn(
      { partition: plan.name },
      'the coordinator aborted a transaction: the partition begins again',
    );
    ledger.restart(end);
  }

  private closeSession(): void {
    this.session?.close();
    this.session = null;
  }

  /** After an error: throws it if it is final, else says what is waited for and makes ready for the next try. */
  private async survive(error: unknown, until: number): Promise<void> {
    this.closeSession();
    if (!isMomentary(error)) throw error;
    await this.journal.stillOurs();
    await this.target?.cluster.close();
    this.target = null;
    this.waiting = waitingFor(error, this.waiting);
    this.deps.logger.warn({ reason: this.waiting.reason, until }, this.waiting.message);
  }

  private async restored(): Promise<void> {
    this.closeSession();
    if (this.partitions.every(({ complete }) => complete)) this.report.state = 'Restored';
    await this.journal.write();
  }

  private throwPartitionError(): void {
    for (const { ledger } of this.partitions) {
      const { error } = ledger.report;
      if (error) throw new RekindleError(error.reason as RekindleError['reason'], error.message);
    }
  }

  private endAttempt(outcome: string): void {
    const attempt = this.report.attempts.at(-1);
    if (!attempt) return;
    Object.assign(attempt, { endedAt: new Date().toISOString(), reached: totals(this.report).acknowledged, outcome });
  }
}
