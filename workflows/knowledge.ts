import { condition, log, patched, setHandler, upsertMemo } from '@temporalio/workflow';
import { afterSeeing } from '../src/model/approval.ts';
import type { GivenSignal } from '../src/model/audit.ts';
import { decide } from '../src/model/decide.ts';
import type { Situation, Step } from '../src/model/decide.ts';
import { observed, sealed } from '../src/model/observation.ts';
import type { JobFacts, Observed } from '../src/model/observation.ts';
import { complete } from '../src/model/state.ts';
import type { RestoreState, Trouble } from '../src/model/state.ts';
import { nothingFound } from '../src/model/status-report.ts';
import type { Findings } from '../src/model/status-report.ts';
import { isHistoryLong } from './long-history.ts';
import { acknowledgedMemo, observedSignal, pauseSignal, resumeSignal } from './messages.ts';
import type { PodWork } from './pod-work.ts';

/** Everything that an execution knows at a moment; messages come in here, and wake up whoever waits for a change. */
export class Knowledge {
  state: RestoreState;
  last: Observed | null;
  work: PodWork | null = null;
  /** What came of the last work besides its result. */
  found: Findings = nothingFound;
  served = false;
  refused: Situation['refused'] = null;
  cancelled = false;
  /** What a person has said to this execution, oldest first. */
  readonly given: GivenSignal[] = [];
  readonly #startedAt = Date.now();
  #looked: Situation['looked'] = null;
  #takesIdleJobs = false;
  #saysSilence = false;
  #changes = 0;
  #decidedAt = 0;

  constructor(state: RestoreState, last: Observed | null) {
    this.state = complete(state);
    this.last = last;
    setHandler(pauseSignal, () => {
      this.#give(pauseSignal.name);
      this.update({ paused: this.state.paused ?? 'PausedBySignal' });
    });
    setHandler(resumeSignal, () => {
      this.#give(resumeSignal.name);
      this.update({ paused: null });
    });
    setHandler(observedSignal, (message) => this.#observe(message));
  }

  /** What to do next. What changes from here on ends the next wait. */
  decide(): Step {
    this.#decidedAt = this.#changes;
    this.#takesIdleJobs = patched('idle-jobs');
    this.#saysSilence = this.#seesSilence && patched('silent-pods');
    return decide(this.state, this.situation);
  }

  get situation(): Situation {
    const { work, served, cancelled, refused } = this;
    const seen = this.last?.observation ?? null;
    return {
      seen,
      looked: this.#looked,
      work,
      served,
      historyIsLong: isHistoryLong(),
      takesIdleJobs: this.#takesIdleJobs,
      saysSilence: this.#saysSilence,
      cancelled,
      refused,
      startedAt: this.#startedAt,
      now: Date.now(),
    };
  }

  /** Digest of the image that this pod runs; null while it is not seen. */
  imageIdOf(podUid: string): string | null {
    const jobs = this.last?.observation.jobs ?? [];
    return jobs.find(({ pod }) => pod?.uid === podUid)?.pod?.imageId ?? null;
  }

  /** What the API server itself said about a Job; null if it is gone. Holds until the next observation, or `forgetLook`. */
  looked(uid: string, found: JobFacts | null): void {
    this.#looked = { uid, found };
    this.changed();
  }

  forgetLook(): void {
    this.#looked = null;
  }

  update(changes: Partial<RestoreState>): void {
    this.state = { ...this.state, ...changes };
    this.changed();
  }

  refuse(trouble: Trouble): void {
    this.refused = { ...trouble, at: Date.now(), times: (this.refused?.times ?? 0) + 1 };
  }

  cancel(): void {
    this.cancelled = true;
    this.update({ paused: 'Cancelled' });
  }

  changed(): void {
    this.#changes += 1;
  }

  /** Whether anything is known now that was not known at the last decision. */
  get hasChanged(): boolean {
    return this.#changes !== this.#decidedAt;
  }

  /** Until anything changes that was not known at the last decision, or until this moment (epoch milliseconds). */
  async change(until?: number): Promise<void> {
    const hasChanged = (): boolean => this.hasChanged;
    if (until === undefined) await condition(hasChanged);
    else if (!(await condition(hasChanged, Math.max(1, until - Date.now())))) this.#looked = null;
  }

  get #seesSilence(): boolean {
    return this.last?.observation.jobs.some(({ hindered }) => hindered?.reason === 'PodSilent') ?? false;
  }

  #give(signal: string): void {
    this.given.push({ at: new Date().toISOString(), signal, by: null });
  }

  /**
   * Anybody who can reach Temporal can send this: only what has the right shape is taken, and nothing is believed blindly.
   * What is acknowledged is what came, not the hash that it says it has: the operator finds out what it did not send.
   */
  #observe(message: unknown): void {
    const result = observed.safeParse(message);
    if (!result.success) {
      log.warn('an observation of the wrong shape was ignored', { error: result.error.message });
      return;
    }
    const { observation } = result.data;
    this.last = sealed(observation);
    this.state = afterSeeing(this.state, observation);
    this.#looked = null;
    this.refused = null;
    upsertMemo({ [acknowledgedMemo]: this.last.hash });
    this.changed();
  }
}
