import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../model/backoff.ts';
import type { Approval } from '../model/holds.ts';
import type { Logger } from '../telemetry/log.ts';
import { isMomentary, waitingFor, type Waiting } from './failure.ts';
import type { Journal } from './journal.ts';
import type { RestoredPartition } from './partition.ts';
import { sameTopics } from './replacement.ts';
import type { RateLimiter } from './rate.ts';
import { Session } from './session.ts';
import type { Step } from './steps.ts';
import { takeOver } from './takeover.ts';
import type { TargetLink } from './target-link.ts';

/** Wait before a lost session is opened again. */
const REOPEN_AFTER = { firstMs: 100, maxMs: 10_000 };

export interface LoopContext {
  readonly link: TargetLink;
  readonly journal: Journal;
  readonly partitions: RestoredPartition[];
  readonly ownIds: Set<number>;
  readonly bytesPerSecond: RateLimiter;
  readonly recordsPerSecond: RateLimiter;
  readonly logger: Logger;
  readonly step: Step;
}

export interface LoopOptions {
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Called when a session was lost. */
  readonly onWaiting: () => void;
  /** Called when the target was found as it should be, and each time that it was. */
  readonly onTakenOver: () => void;
}

/**
 * Sessions, one after the other, until everything is restored: each begins with a takeover, and each error whose outcome
 * is unknown ends one. While Kafka, the archive or the report cannot be reached it waits.
 */
export class SessionLoop {
  private readonly context: LoopContext;
  private session: Session | null = null;
  /** Sessions lost in a row. */
  private losses = 0;

  /** Why there is no session; null while there is one. */
  private lost: Waiting | null = null;
  /** A takeover reads: that takes as long as the log is, and is no wait. */
  private reading = false;
  /** What a person has agreed to; a partition that must begin again may need it. */
  approved: Approval | null = null;

  constructor(context: LoopContext) {
    this.context = context;
  }

  /** What is waited for; null while the restore moves. */
  get waiting(): Waiting | null {
    return (this.reading ? null : this.lost) ?? this.session?.waiting ?? null;
  }

  /**
   * @returns `more` when time or signal ended it: everything sent is committed then
   * @throws RekindleError what a person must act on, `ReportTakenOver`
   */
  async run(options: LoopOptions): Promise<'done' | 'more'> {
    try {
      return await this.untilStopped(options);
    } finally {
      // Whoever goes on looks for it anew.
      this.lost = null;
    }
  }

  private async untilStopped(options: LoopOptions): Promise<'done' | 'more'> {
    while (!options.signal.aborted && Date.now() < options.until) {
      try {
        this.session ??= await this.open(options.signal);
        this.lost = null;
        options.onTakenOver();
        const outcome = await this.session.run(options);
        this.losses = 0;
        if (outcome === 'done') this.close();
        return outcome;
      } catch (error) {
        // A takeover that was told to stop: the next one begins again where this one was.
        if (error === options.signal.reason) {
          this.close();
          return 'more';
        }
        await this.survive(error);
        options.onWaiting();
        this.losses += 1;
        const pause = backoffMs(this.losses, REOPEN_AFTER);
        await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
      }
    }
    return 'more';
  }

  close(): void {
    this.session?.close();
    this.session = null;
  }

  private async open(signal: AbortSignal): Promise<Session> {
    // A takeover leaves markers in every partition: none while its result could not be noted.
    await this.context.journal.write();
    const target = await this.context.link.connect();
    // What stands in another topic of that name says nothing of what was restored.
    const topics = await sameTopics(target, this.context.journal.report, this.approved);
    const context = { ...this.context, ...target, topics, signal, approved: this.approved };
    const onReadable = (): void => void (this.reading = true);
    const producer = await takeOver({ ...context, onReadable }).finally(() => (this.reading = false));
    return await Session.open(context, producer);
  }

  /** After an error: throws it if it is final, else says what is waited for and makes ready for the next try. */
  private async survive(error: unknown): Promise<void> {
    this.close();
    if (!isMomentary(error)) throw error;
    await this.context.journal.stillOurs();
    await this.context.link.drop();
    this.lost = waitingFor(error, this.lost);
    this.context.logger.warn({ reason: this.lost.reason }, this.lost.message);
  }
}
