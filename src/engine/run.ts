import { Archive } from '../archive/reader.ts';
import type { GivenSignal } from '../model/audit.ts';
import type { Claim } from '../model/claim.ts';
import { agrees, type Approval } from '../model/holds.ts';
import type { DeliveryKind } from '../model/order.ts';
import type { RekindleError } from '../model/reasons.ts';
import { totals, type PartitionReport, type ProofRecord, type Report } from '../model/report.ts';
import { ReportStore } from '../report/store.ts';
import { openStorage } from '../storage/open.ts';
import type { Storage } from '../storage/storage.ts';
import type { Audited } from './audit.ts';
import { Census } from './census.ts';
import { deliveryOf } from './deliveries.ts';
import { EarlierWriters } from './earlier-writers.ts';
import { Ending, type PutBackOptions } from './ending.ts';
import { GuardWatch, LOOK_AT_GUARDS_EVERY_MS, topicsLeftAlone } from './guard-watch.ts';
import { inspectTarget } from './inspection.ts';
import { Journal } from './journal.ts';
import { PartitionLedger } from './ledger.ts';
import { isErrand, openPlans } from './opening.ts';
import { restoredPartition, type RestoredPartition } from './partition.ts';
import type { PartitionPlan } from './plan.ts';
import type { Finding } from './preflight.ts';
import { prepareTarget } from './preparation.ts';
import { progressOf, toldOften, type Progress, type Tell } from './progress.ts';
import { isDoubted, offerAgain, Proving } from './proving.ts';
import type { Held } from './put-back.ts';
import { RateLimiter } from './rate.ts';
import { forgetTopics, sameTopics } from './replacement.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { SessionLoop } from './session-loop.ts';
import type { Step } from './steps.ts';
import { TargetLink } from './target-link.ts';
import type { TargetTopic } from './target.ts';
import { Turns } from './turns.ts';

export interface Opened {
  /** Epoch of the report that this run writes. */
  epoch: number;
  /** All is done: the run only gives the topics their configuration back, as it was asked to. */
  errand: boolean;
  delivery: DeliveryKind;
  /** Records that were in place when this run began. */
  resumedFromRecords: number;
  totalRecords: number;
  totalBytes: number;
  partitions: number;
}

/**
 * One run of a restore, from opening the report to its end. Call in this order: `open`, `preflight`, `prepare`,
 * `restore` until it is done, `prove`, `finish`, `audit`; `close` at any time.
 *
 * Everything thrown for a person to act on is a `RekindleError`; its consequence says what follows.
 */
export class RestoreRun {
  private readonly deps: RunDependencies;
  private readonly journal: Journal;
  private readonly plans: PartitionPlan[];
  private readonly link: TargetLink;
  private readonly step: Step;
  private readonly errand: boolean;
  private readonly ownIds = new Set<number>();
  private readonly guards: GuardWatch;
  private readonly census = new Census();
  private readonly restores = new Turns();
  private readonly proving: Proving;
  private readonly ending: Ending;
  private earlierWriters = new EarlierWriters();
  private earlier: readonly Claim[] = [];
  /** Topics in which the restore begins anew, because they are others than the report speaks of. */
  private anew: readonly string[] = [];
  private claimed: Claim | null = null;
  private prepared = false;
  private partitions: RestoredPartition[] = [];
  private loop: SessionLoop | null = null;

  private constructor(deps: RunDependencies, storage: Storage, journal: Journal, plans: PartitionPlan[]) {
    this.deps = deps;
    this.journal = journal;
    this.plans = plans;
    const deliveryTo = deliveryOf(journal.report, deps.transactionTimeoutMs);
    this.link = new TargetLink(deps.order.kafka, deliveryTo, deps.logger);
    const { logger, lookAtGuardsEveryMs: everyMs = LOOK_AT_GUARDS_EVERY_MS } = deps;
    this.errand = isErrand(deps.onlyPutBack, journal.report);
    const leftAlone = (): readonly TargetTopic[] => topicsLeftAlone(this.targetTopics, this.claimed);
    this.guards = new GuardWatch({ link: this.link, report: this.report, leftAlone, everyMs, logger });
    this.step = deps.step ?? ((): void => undefined);
    const { ownIds, link, step, guards } = this;
    this.proving = new Proving({
      ...{ link, journal, guards, kind: deps.order.proof, ownIds, step, logger },
      restore: (options) => this.restore(options),
      progress: () => this.progress,
    });
    const { order, image } = deps;
    this.ending = new Ending({
      ...{ link, journal, storage, step, errand: this.errand, order, image, logger },
      topics: () => this.targetTopics,
      claimed: () => this.claimed,
    });
  }

  /**
   * Opens the report with the next epoch and reads the plan from the archive: the frozen one on a resume, the archive
   * as it is now on a start from zero or after Done. An errand leaves the archive alone.
   * @throws RekindleError `ReportOfAnotherRestore`, `ReportDamaged`, `ReportUnwritable`, `TopicNotInArchive`,
   *   `ArchiveMissing`, `ArchiveChanged`, `IndexDamaged`, `SegmentMissing`, `StorageUnreachable`
   */
  static async open(deps: RunDependencies): Promise<RestoreRun> {
    const storage = await openStorage(deps.order.source);
    const { plans, first } = openPlans(() => Archive.open(storage), deps);
    const { store, current } = await ReportStore.open(deps.reportFolder, first, (step) =>
      step === 'renamed' ? undefined : deps.step?.(`report-${step}`),
    );
    deps.logger.info({ epoch: store.epoch, folder: deps.reportFolder }, 'opened the report');
    return new RestoreRun(deps, storage, new Journal(store, current), plans(current));
  }

  get opened(): Opened {
    const sum = totals(this.report);
    return {
      epoch: this.report.epoch,
      errand: this.errand,
      delivery: this.report.delivery,
      resumedFromRecords: this.report.attempts.at(-1)?.resumedFrom ?? 0,
      totalRecords: sum.records,
      totalBytes: sum.bytes,
      partitions: sum.partitions,
    };
  }

  /**
   * For one who writes at once something that belongs to the restore.
   * @throws RekindleError `ReportTakenOver` once another process has opened the report after this one, or it is gone
   */
  async stillOursNow(): Promise<void> {
    await this.journal.stillOursNow();
  }

  /** The report as it stands; read only. */
  get report(): Report {
    return this.journal.report;
  }

  get progress(): Progress {
    return progressOf(this.report, this.loop?.waiting ?? null, this.proving.records);
  }

  /**
   * Everything that can be known to go wrong, and what this Restore claims. Nothing is written to Kafka; a producer id
   * is taken if the Restore has none.
   * @param earlier claims of the same Restore, recorded before
   * @param approved what a person has agreed to
   * @throws RekindleError `TargetReplaced`, `ClaimMissing`, `TargetInUse`, `KafkaUnreachable` …
   */
  async preflight(
    earlier: readonly Claim[],
    approved: Approval | null = null,
  ): Promise<{ findings: Finding[]; claim: Claim }> {
    return await this.journal.holding(async () => {
      const { order } = this.deps;
      const { report, targetTopics: topics } = this;
      await this.step('report-opened');
      const target = await this.link.connect();
      const inspected = await inspectTarget({ target, order, report, topics, earlier, approved });
      const { findings, claim } = inspected;
      // What another process has made meanwhile looks like somebody else's.
      if (findings.length > 0) await this.journal.unlessTakenOver();
      this.earlier = inspected.earlier;
      this.anew = inspected.anew;
      await this.step('claiming');
      return { findings, claim };
    });
  }

  /**
   * Makes the target ready: creates and guards topics, fences writers of earlier runs, purges our own records on a start
   * from zero, notes where everything begins.
   * @param claimed the claim as it was recorded
   * @param approved what a person has agreed to
   * @returns the claim with the ids of created topics
   * @throws RekindleError `TargetReplaced`, `GuardReverted`, `ResetNeedsApproval`, `KafkaUnreachable` …
   */
  async prepare(claimed: Claim, approved: Approval | null = null): Promise<Claim> {
    return await this.journal.holding(async () => {
      // Of this cluster only: the claim may have been made in another one than the last.
      this.ownIds.clear();
      for (const id of claimed.producerIds) this.ownIds.add(id);
      const { earlier, earlierWriters, journal, report, ownIds, census, step, targetTopics: topics } = this;
      const { logger, order } = this.deps;
      const target = await this.link.connect();
      forgetTopics(report, target.cluster.clusterId, this.anew);
      this.anew = [];
      const append = order.existingData === 'Append';
      const known = { target, journal, topics, earlier, earlierWriters, claimed, ownIds };
      this.claimed = await prepareTarget({ ...known, append, approved, census, logger, step });
      report.producerIds = [...ownIds];
      // Whether records were lost only the takeover can see.
      if (report.hold?.reason !== 'TargetTruncated') report.hold = null;
      report.agreed = [];
      await this.journal.write();
      this.partitions = this.plans.map((plan) =>
        restoredPartition(plan, new PartitionLedger(this.partitionReport(plan))),
      );
      this.prepared = true;
      return this.claimed;
    });
  }

  /**
   * Restores until everything is in the target and committed (`done`), or until the time or the signal (`more`): then
   * everything sent is committed and checkpointed. While Kafka, the archive or the report cannot be reached it waits and
   * tries again; progress says so.
   * @param options.until milliseconds since 1970; without it only the signal ends it
   * @param options.approved what a person has agreed to
   * @throws RekindleError `GuardReverted`, `TargetTruncated`, `ResetNeedsApproval`: everything sent is committed and
   *   checkpointed then, and it goes on when it is called again; `KafkaUnreachable` while it was held before
   */
  async restore(options: {
    until?: number;
    signal: AbortSignal;
    onProgress: Tell;
    approved?: Approval | null;
  }): Promise<'done' | 'more'> {
    // A proof may restore, too: two takeovers at once would confound the ledgers.
    return await this.restores.take(() => this.restoreAlone(options), options.signal, 'more');
  }

  private async restoreAlone(options: Parameters<RestoreRun['restore']>[0]): Promise<'done' | 'more'> {
    const { until = Infinity, signal, approved = null } = options;
    return await this.journal.holding(async () => {
      await this.comeBack(approved);
      const loop = (this.loop ??= this.newLoop());
      loop.approved = approved;
      // Only a takeover reads again what was without its guards.
      if (isDoubted(this.partitions)) loop.close();
      offerAgain(this.partitions);
      const tell = (): void => options.onProgress(this.progress);
      const onTakenOver = (): void => void (this.report.hold = null);
      const run = (stop: AbortSignal): Promise<'done' | 'more'> =>
        loop.run({ until, signal: stop, onWaiting: tell, onTakenOver });
      try {
        const outcome = await this.proving.during(() => toldOften(tell, this.guards.over(run, signal)));
        if (outcome === 'done' && this.partitions.every(({ complete }) => complete)) this.report.state = 'Restored';
        await this.journal.write();
        return outcome;
      } catch (error) {
        // Held for long, the brokers forget us: it goes on with a takeover.
        loop.close();
        throw error;
      } finally {
        tell();
      }
    });
  }

  /**
   * Proves that every record is in the target once, in order, as the order asks for. Asked again after an error that
   * passes, it goes on where it was. What was without its guards for a while is read again first; and where the log seems to
   * have lost something, it restores once more before it says so: a takeover ends a transaction whose end was lost.
   * @throws RekindleError `GuardReverted`; the first partition's error if any could not be restored; `LedgerHole`,
   *   `LedgerRepeat`, `TargetDamaged`, and what `restore` throws; the signal's reason
   */
  async prove(signal: AbortSignal, onProgress: Tell = () => undefined): Promise<ProofRecord> {
    return await this.journal.holding(() => this.proving.prove(this.partitions, signal, onProgress));
  }

  /** Gives topics the configuration that they are to have in the end, and closes the report as done. */
  async finish(options: PutBackOptions = {}): Promise<{ held: Held[] }> {
    return await this.ending.finish(options);
  }

  /**
   * Gives topics the configuration that they are to have in the end.
   * @param options.unfinished the restore is to go on: topics stay guarded from whose records compaction would take some
   * @returns topics whose retention is held, and names of those that stay guarded
   */
  async putBack(
    options: PutBackOptions & { readonly unfinished?: boolean } = {},
  ): Promise<{ held: Held[]; kept: string[] }> {
    return await this.ending.putBack(options);
  }

  /** Closes the report as failed, with the reason. */
  async fail(error: RekindleError): Promise<void> {
    await this.ending.fail(error);
  }

  /**
   * Writes the audit of a restore that has ended, once; the report is not to be written any more after that.
   * @param signals that the Restore was given; null if nobody knows
   */
  async audit(signals: readonly GivenSignal[] | null = null): Promise<Audited> {
    return await this.ending.audit(signals);
  }

  /** @param imageId digest of the image that this process runs; on disk with the next checkpoint */
  noteImage(imageId: string): void {
    const attempt = this.report.attempts.at(-1);
    if (attempt) attempt.imageId = imageId;
  }

  /**
   * Gives up all connections. What was acknowledged is found again by the next run.
   * @param outcome why the attempt ends before its time, noted in the report
   */
  async close(outcome?: string): Promise<void> {
    this.loop?.close();
    try {
      if (outcome) await this.ending.endAttempt(outcome);
    } finally {
      await this.link.drop();
    }
  }

  /** What must have come right, or be agreed to and done, before a restore that was held goes on. */
  private async comeBack(approved: Approval | null): Promise<void> {
    const { hold } = this.report;
    if (hold?.reason === 'GuardReverted') await this.guards.assertInForce(approved);
    if (hold?.reason === 'TargetTruncated' && agrees(approved, 'TargetTruncated', hold.message)) await this.startOver();
    if (!this.prepared && this.claimed) await this.prepare(this.claimed, approved);
  }

  /** Forgets all that was restored: the target is to be prepared as for a restore that has lost its report. */
  private async startOver(): Promise<void> {
    const { report, claimed } = this;
    if (!claimed) throw new Error('restore before prepare');
    const target = await this.link.connect();
    // What was agreed to is of these topics, not of others that came into their place.
    const topics = await sameTopics(target, report);
    forgetTopics(report, target.cluster.clusterId, [...topics.keys()]);
    report.producer = null;
    report.hold = null;
    this.earlier = [...this.earlier, claimed];
    this.earlierWriters = new EarlierWriters();
    this.loop?.close();
    this.loop = null;
    this.prepared = false;
  }

  private get targetTopics(): TargetTopic[] {
    if (this.errand) return this.report.plan.map(({ target: name }) => ({ name, plans: [] }));
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
}
