import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicDescription } from '../kafka/admin.ts';
import type { Claim } from '../model/claim.ts';
import type { Logger } from '../telemetry/log.ts';
import { isMomentary, waitingFor, type Waiting } from './failure.ts';
import type { Journal } from './journal.ts';
import type { RestoredPartition } from './partition.ts';
import type { RateLimiter } from './rate.ts';
import { Session } from './session.ts';
import type { Step } from './steps.ts';
import { takeOver } from './takeover.ts';
import type { TargetLink } from './target-link.ts';
import { purge } from './target.ts';

/** Milliseconds before a lost session is opened again; doubles from the first to the second number. */
const REOPEN_AFTER_MS = { first: 100, last: 10_000 };

export interface LoopContext {
  readonly link: TargetLink;
  readonly journal: Journal;
  readonly partitions: RestoredPartition[];
  readonly ownIds: Set<number>;
  /** The claim that purges go by. */
  readonly claim: Claim;
  readonly bytesPerSecond: RateLimiter;
  readonly recordsPerSecond: RateLimiter;
  readonly logger: Logger;
  readonly step: Step;
}

/**
 * Sessions, one after the other, until everything is restored: each begins with a takeover, and each error whose outcome
 * is unknown ends one. While Kafka, the archive or the report cannot be reached it waits.
 */
export class SessionLoop {
  private readonly context: LoopContext;
  private session: Session | null = null;
  private pause = REOPEN_AFTER_MS.first;

  /** What is waited for; null while the restore moves. */
  waiting: Waiting | null = null;

  constructor(context: LoopContext) {
    this.context = context;
  }

  /**
   * @param options.until milliseconds since 1970
   * @param options.onWaiting called when a session was lost
   * @returns `more` when time or signal ended it: everything sent is committed then
   * @throws RekindleError what a person must act on, `ReportTakenOver`
   */
  async run(options: { until: number; signal: AbortSignal; onWaiting: () => void }): Promise<'done' | 'more'> {
    while (!options.signal.aborted && Date.now() < options.until) {
      try {
        this.session ??= await this.open();
        this.waiting = null;
        const outcome = await this.session.run(options);
        this.pause = REOPEN_AFTER_MS.first;
        if (outcome === 'done') this.close();
        return outcome;
      } catch (error) {
        await this.survive(error);
        options.onWaiting();
        await sleep(this.pause, undefined, { signal: options.signal }).catch(() => undefined);
        this.pause = Math.min(this.pause * 2, REOPEN_AFTER_MS.last);
      }
    }
    return 'more';
  }

  close(): void {
    this.session?.close();
    this.session = null;
  }

  private async open(): Promise<Session> {
    const target = await this.context.link.connect();
    const names = new Set(this.context.partitions.map(({ plan }) => plan.target));
    const topics = await target.admin.describe([...names]);
    const context = { ...this.context, ...target, topics };
    const producer = await takeOver({ ...context, redo: (partition) => this.redo(partition, topics) });
    return await Session.open({ ...context, transactionalId: this.context.journal.report.transactionalId }, producer);
  }

  /** After an error: throws it if it is final, else says what is waited for and makes ready for the next try. */
  private async survive(error: unknown): Promise<void> {
    this.close();
    if (!isMomentary(error)) throw error;
    await this.context.journal.stillOurs();
    await this.context.link.drop();
    this.waiting = waitingFor(error, this.waiting);
    this.context.logger.warn({ reason: this.waiting.reason }, this.waiting.message);
  }

  /** Records of an aborted transaction lie in the partition: it is purged if all of it is ours, and begun again. */
  private async redo(
    { plan, ledger }: RestoredPartition,
    topics: ReadonlyMap<string, TopicDescription>,
  ): Promise<void> {
    const { logger, claim, ownIds } = this.context;
    const { admin, cluster } = await this.context.link.connect();
    const description = topics.get(plan.target);
    if (!description) throw new Error(`topic ${plan.target} is gone`);
    const ends = await admin.endOffsets(plan.target, [plan.partition], 'high-watermark');
    const own = { ...claim, producerIds: [...claim.producerIds, ...ownIds] };
    await purge({ cluster, admin, logger }, plan.target, description, ends, [own]);
    logger.warn({ partition: plan.name }, 'the coordinator aborted a transaction: the partition begins again');
    ledger.restart(ends.get(plan.partition) ?? 0);
  }
}
