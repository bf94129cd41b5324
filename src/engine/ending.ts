import type { GivenSignal } from '../model/audit.ts';
import type { Claim } from '../model/claim.ts';
import type { Approval } from '../model/holds.ts';
import type { RekindleError } from '../model/reasons.ts';
import { totals } from '../model/report.ts';
import type { Storage } from '../storage/storage.ts';
import type { Audited } from './audit.ts';
import type { Journal } from './journal.ts';
import { claimedOf, heldBefore, putConfigurationBack, type Held } from './put-back.ts';
import type { RunDependencies } from './run-dependencies.ts';
import type { Step } from './steps.ts';
import type { TargetLink } from './target-link.ts';
import type { TargetTopic } from './target.ts';

export interface EndingContext extends Pick<RunDependencies, 'order' | 'image' | 'logger'> {
  readonly link: TargetLink;
  readonly journal: Journal;
  readonly storage: Storage;
  readonly step: Step;
  /** All is done: the run only gives topics their configuration back. */
  readonly errand: boolean;
  readonly topics: () => readonly TargetTopic[];
  /** By which the target was prepared; null for a run that has not prepared it. */
  readonly claimed: () => Claim | null;
}

export interface PutBackOptions {
  /** What a person has agreed to. */
  readonly approved?: Approval | null;
  /** As recorded, for a run that has not prepared the target. */
  readonly claims?: readonly Claim[];
}

/** How a run ends: what topics get back, and what report and audit say of it. */
export class Ending {
  private readonly context: EndingContext;
  private audited: Promise<Audited> | null = null;

  constructor(context: EndingContext) {
    this.context = context;
  }

  /** See `RestoreRun.finish`. */
  async finish(options: PutBackOptions): Promise<{ held: Held[] }> {
    const { errand, journal } = this.context;
    const { report } = journal;
    await journal.stillOurs();
    // Nothing was asked of an errand any more: what was held is.
    const isCalledOff = errand && options.approved?.reason !== 'RetentionHeld';
    const { held } = isCalledOff ? { held: heldBefore(report) } : await this.putBack(options);
    await journal.stillOurs();
    const message = held.map((topic) => topic.message).join(' ');
    report.hold = held.length > 0 ? { at: new Date().toISOString(), reason: 'RetentionHeld', message } : null;
    report.state = 'Done';
    await this.endAttempt('Done');
    return { held };
  }

  /** See `RestoreRun.putBack`. */
  async putBack(
    options: PutBackOptions & { readonly unfinished?: boolean },
  ): Promise<{ held: Held[]; kept: string[] }> {
    const { approved = null, claims = [], unfinished = false } = options;
    const { link, journal, step, topics: topicsNow, claimed: claimedNow } = this.context;
    const target = await link.connect();
    const topics = topicsNow();
    const claimed = claimedNow()?.topics ?? (await claimedOf(target, topics, claims));
    const agreed = approved?.reason === 'RetentionHeld';
    const back = await putConfigurationBack(target.admin, topics, claimed, {
      ...{ report: journal.report, agreed, unfinished, step },
      confirm: () => journal.stillOurs(),
    });
    await journal.write();
    return back;
  }

  /** See `RestoreRun.fail`. */
  async fail({ reason, message }: RekindleError): Promise<void> {
    const { journal } = this.context;
    journal.report.state = 'Failed';
    this.noteEnd(reason);
    await journal.fail(reason, message);
  }

  /** See `RestoreRun.audit`. */
  async audit(signals: readonly GivenSignal[] | null): Promise<Audited> {
    const { journal, order, image = null, storage, logger } = this.context;
    this.audited ??= journal.audit({ order, image, signals }, { storage, logger });
    return await this.audited;
  }

  /** The report says why the attempt is over. */
  async endAttempt(outcome: string): Promise<void> {
    this.noteEnd(outcome);
    await this.context.journal.write();
  }

  private noteEnd(outcome: string): void {
    const { report } = this.context.journal;
    const attempt = report.attempts.at(-1);
    if (!attempt) return;
    Object.assign(attempt, { endedAt: new Date().toISOString(), reached: totals(report).acknowledged, outcome });
  }
}
