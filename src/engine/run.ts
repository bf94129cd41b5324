import { Archive } from '../archive/reader.ts';
import { mergeClaims, type Claim } from '../model/claim.ts';
import { RekindleError } from '../model/reasons.ts';
import { totals, type PartitionReport, type ProofRecord, type Report } from '../model/report.ts';
import { ReportStore } from '../report/store.ts';
import { openStorage } from '../storage/open.ts';
import { Journal } from './journal.ts';
import { PartitionLedger } from './ledger.ts';
import { openPlans } from './opening.ts';
import { restoredPartition, type RestoredPartition } from './partition.ts';
import type { PartitionPlan } from './plan.ts';
import { checkIndexes, checkTopic, look, type Finding } from './preflight.ts';
import { prepareTarget } from './preparation.ts';
import { progressOf, type Progress } from './progress.ts';
import { prove } from './proof.ts';
import { putConfigurationBack, type Held } from './put-back.ts';
import { RateLimiter } from './rate.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { SessionLoop } from './session-loop.ts';
import type { Step } from './steps.ts';
import { TargetLink } from './target-link.ts';
import { claimTopic, type TargetTopic } from './target.ts';
import { firstProducer } from './tenure.ts';

/** Milliseconds between two reports of progress. */
const PROGRESS_EVERY_MS = 1_000;

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
  private readonly link: TargetLink;
  private readonly step: Step;
  private readonly ownIds = new Set<number>();
  private earlier: readonly Claim[] = [];
  private claimed: Claim | null = null;
  private partitions: RestoredPartition[] = [];
  private loop: SessionLoop | null = null;

  private constructor(deps: RunDependencies, journal: Journal, plans: PartitionPlan[]) {
    this.deps = deps;
    this.journal = journal;
    this.plans = plans;
    this.link = new TargetLink(deps.order.kafka, journal.report.transactionalId, deps.logger);
    this.step = deps.step ?? ((): void => undefined);
  }

  /**
   * Opens the report with the next epoch and reads the plan from the archive: the frozen one on a resume, the archive
   * as it is now on a start from zero or after Done.
   * @throws RekindleError `ReportOfAnotherRestore`, `ReportDamaged`, `ReportUnwritable`, `TopicNotInArchive`,
   *   `ArchiveMissing`, `ArchiveChanged`, `IndexDamaged`, `SegmentMissing`, `StorageUnreachable`
   */
  static async open(deps: RunDependencies): Promise<RestoreRun> {
    const archive = await Archive.open(openStorage(deps.order.source));
    const { plans, first } = openPlans(archive, deps);
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

  get progress(): Progress {
    return progressOf(this.report, this.loop?.waiting ?? null);
  }

  /**
   * Everything that can be known to go wrong, and what this Restore claims. Nothing is written to Kafka; a producer id
   * is taken if the Restore has none.
   * @param earlier claims of the same Restore, recorded before
   */
  async preflight(earlier: readonly Claim[]): Promise<{ findings: Finding[]; claim: Claim }> {
    this.earlier = earlier;
    const { cluster, admin, coordinator } = await this.link.connect();
    const { createTopics } = this.deps.order;
    const context = { earlier, clusterId: cluster.clusterId, createTopics, now: Date.now() };
    const findings: Finding[] = [];
    const topics: Claim['topics'] = [];
    for (const topic of this.targetTopics) {
      const found = await look(admin, topic.name);
      const resumed = this.report.topics.some(({ target }) => target === topic.name);
      if (!resumed) await checkIndexes(topic);
      findings.push(...(await checkTopic(admin, topic, found, { ...context, resumed })));
      topics.push(
        claimTopic(topic, found && { id: found.description.id, empty: found.empty }, earlier, cluster.clusterId),
      );
    }
    const producer = (await coordinator.holder()) ?? (findings.length === 0 ? await firstProducer(coordinator) : null);
    const newest: Claim = {
      clusterId: cluster.clusterId,
      restore: this.deps.order.restore,
      transactionalIds: [this.report.transactionalId],
      producerIds: producer ? [producer.producerId] : [],
      topics,
    };
    return { findings, claim: mergeClaims(earlier, newest) };
  }

  /**
   * Makes the target ready: creates and guards topics that are ours, fences writers of earlier runs, purges our own
   * records on a start from zero, notes where everything begins.
   * @param claimed the claim as it was recorded
   * @returns the claim with the ids of created topics
   * @throws RekindleError `TargetReplaced`, `ResetNeedsApproval`, `KafkaUnreachable` …
   */
  async prepare(claimed: Claim): Promise<Claim> {
    for (const id of claimed.producerIds) this.ownIds.add(id);
    const { earlier, journal, ownIds, targetTopics: topics } = this;
    const target = await this.link.connect();
    this.claimed = await prepareTarget({
      target,
      journal,
      topics,
      earlier,
      claimed,
      ownIds,
      logger: this.deps.logger,
      step: this.step,
    });
    await this.journal.write();
    this.partitions = this.plans.map((plan) =>
      restoredPartition(plan, new PartitionLedger(this.partitionReport(plan))),
    );
    return this.claimed;
  }

  /**
   * Restores until everything is in the target and committed (`done`), or until the time or the signal (`more`): then
   * everything sent is committed and checkpointed. While Kafka, the archive or the report cannot be reached it waits and
   * tries again; progress says so.
   * @param options.until milliseconds since 1970; without it only the signal ends it
   */
  async restore(options: {
    until?: number;
    signal: AbortSignal;
    onProgress: (progress: Progress) => void;
  }): Promise<'done' | 'more'> {
    this.loop ??= this.newLoop();
    const tell = (): void => options.onProgress(this.progress);
    const timer = setInterval(tell, PROGRESS_EVERY_MS);
    try {
      const { until = Infinity, signal } = options;
      const outcome = await this.loop.run({ until, signal, onWaiting: tell });
      if (outcome === 'done' && this.partitions.every(({ complete }) => complete)) this.report.state = 'Restored';
      await this.journal.write();
      return outcome;
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
    for (const { ledger } of this.partitions) {
      const { error } = ledger.report;
      if (error) throw new RekindleError(error.reason, error.message);
    }
    await this.journal.stillOurs();
    const { cluster, admin } = await this.link.connect();
    const topics = await admin.describe(this.targetTopics.map(({ name }) => name));
    const proof = await prove(cluster, topics, this.partitions, this.ownIds, this.step, signal);
    this.report.proof = proof;
    this.report.state = 'Proved';
    await this.journal.write();
    return proof;
  }

  /** Gives topics that are ours their own configuration, and closes the report as done. */
  async finish(): Promise<{ held: Held[] }> {
    await this.journal.stillOurs();
    const { admin } = await this.link.connect();
    const held = await putConfigurationBack(admin, this.targetTopics, this.claimed?.topics ?? [], this.step);
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

  /**
   * Gives up all connections. What was acknowledged is found again by the next run.
   * @param outcome why the attempt ends before its time, noted in the report
   */
  async close(outcome?: string): Promise<void> {
    this.loop?.close();
    if (outcome) {
      this.endAttempt(outcome);
      await this.journal.write();
    }
    await this.link.drop();
  }

  private get targetTopics(): TargetTopic[] {
    return [...Map.groupBy(this.plans, ({ target }) => target)].map(([name, plans]) => ({ name, plans }));
  }

  private newLoop(): SessionLoop {
    if (!this.claimed) throw new Error('restore before prepare');
    const { bytesPerSecond = Infinity, recordsPerSecond = Infinity } = this.deps.order.limits;
    return new SessionLoop({
      link: this.link,
      journal: this.journal,
      partitions: this.partitions,
      ownIds: this.ownIds,
      claim: this.claimed,
      bytesPerSecond: new RateLimiter(bytesPerSecond),
      recordsPerSecond: new RateLimiter(recordsPerSecond),
      logger: this.deps.logger,
      step: this.step,
    });
  }

  /** The partition's place in the report; a new run tries again what an earlier one could not. */
  private partitionReport({ target, partition, name }: PartitionPlan): PartitionReport {
    const topic = this.report.topics.find((known) => known.target === target);
    const found = topic?.partitions.find((known) => known.partition === partition);
    if (!found) throw new Error(`the report has no partition ${name}`);
    found.error = null;
    return found;
  }

  private endAttempt(outcome: string): void {
    const attempt = this.report.attempts.at(-1);
    if (!attempt) return;
    Object.assign(attempt, { endedAt: new Date().toISOString(), reached: totals(this.report).acknowledged, outcome });
  }
}
