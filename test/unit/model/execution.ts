import assert from 'node:assert/strict';
import { decide } from '../../../src/model/decide.ts';
import type { Situation, Step } from '../../../src/model/decide.ts';
import type { JobFacts } from '../../../src/model/observation.ts';
import { afterAttempt, afterOpening } from '../../../src/model/state.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { deleted, isActive, isAtWork, newJob, untouched } from './kubernetes.ts';
import type { Kubernetes } from './kubernetes.ts';
import { Past } from './past.ts';
import { situation, state, work } from './pictures.ts';

/** More steps than this without a wait would be a loop. */
const stepsWithoutWait = 12;

/** How an execution closed; by itself, but for the last. */
export type End = Extract<Step, { do: 'end' }> | { readonly do: 'end'; readonly as: 'Terminated' };

/**
 * The workflow and what it does in Kubernetes, as far as decisions matter. What must never happen is asserted where it would
 * happen: two Jobs at once, a Job given up that still works (unless Kubernetes has given it up before) or whose pod has said
 * how it ended, one made while the Restore is paused or by an execution that has had its own, Done without a proof of this Job,
 * Failed by an order that is outdated, and an end that leaves topics guarded.
 */
export class Execution {
  kubernetes: Kubernetes = untouched;
  state: RestoreState = state();
  now: Situation = situation({ seen: null });
  ended: End | null = null;
  /** The Restore was being deleted already when the last execution closed. */
  closedWhileDeleting = false;
  /** UIDs of the Jobs whose pods have proved that all is restored. */
  proved: ReadonlySet<string> = new Set();
  /** Jobs that were ever made. */
  made = 0;
  past = new Past([], [], [], [], []).with(untouched);
  protected readonly decide: typeof decide;

  /** @param decider what decides instead of `decide`, to see that its mistakes are found */
  constructor(decider = decide) {
    this.decide = decider;
  }

  /** Something becomes different in Kubernetes; who hears of that, and when, is another matter. */
  change(changes: Partial<Kubernetes>): void {
    this.kubernetes = { ...this.kubernetes, ...changes };
    this.past = this.past.with(this.kubernetes);
  }

  /** The pod that the execution works with, or is about to, is at work or can still come to it. */
  protected get lives(): boolean {
    const { found } = this.look();
    return found !== null && isActive(found) && this.#isOurs(found) && (isAtWork(found) || !found.reportGone);
  }

  /** It can say something, and change topics: so can one that Kubernetes has given up and that goes on. */
  protected get isAtWork(): boolean {
    const { found } = this.look();
    return found !== null && isAtWork(found) && this.#isOurs(found);
  }

  #isOurs({ pod }: JobFacts): boolean {
    const podUid = this.now.work?.podUid ?? null;
    return podUid === null || podUid === pod?.uid;
  }

  /** A Job still works: any, or the one on record where the Restore has come to its end. */
  get works(): boolean {
    const { found } = this.look();
    return this.ended === null ? this.kubernetes.jobs.some(isActive) : found !== null && isActive(found);
  }

  protected look(): NonNullable<Situation['looked']> {
    const uid = this.state.job?.uid ?? '';
    return { uid, found: this.kubernetes.jobs.find((j) => j.uid === uid) ?? null };
  }

  /** The main loop of workflows/restore.ts. */
  protected run(): void {
    for (let steps = 0; this.ended === null; steps++) {
      assert.ok(steps < stepsWithoutWait, 'it goes round and round');
      this.past = this.past.withState(this.state);
      if (this.#do(this.decide(this.state, this.now))) return;
      assert.ok(this.kubernetes.jobs.filter(isActive).length <= 1, 'two Jobs at once');
    }
  }

  /** @returns whether it now waits */
  #do(step: Step): boolean {
    switch (step.do) {
      case 'wait':
        return true;
      case 'run':
        this.#work();
        return true;
      case 'create':
        this.#ensureJob();
        return false;
      case 'take':
        this.state = { ...this.state, job: step.job, attempt: Math.max(step.attempt, this.state.attempt) };
        return false;
      case 'look':
        this.now = { ...this.now, looked: this.look() };
        return false;
      case 'stop':
        // Only a pod can put the topics' configuration back: it comes up first.
        if (step.as === 'Deleted' && this.state.guarded && !this.isAtWork) {
          this.#work();
          return true;
        }
        if (step.as === 'Deleted') this.state = { ...this.state, guarded: false };
        this.now = { ...this.now, served: true, work: work({ result: { end: 'Stopped' } }) };
        return false;
      case 'release':
        assert.ok(!this.lives || this.now.work?.result != null, 'a Job that still works is given up');
        assert.ok(this.now.work?.settled !== true || this.now.work.result !== null, 'what the pod has said is lost');
        this.change(deleted(this.kubernetes, this.state.job?.uid ?? ''));
        this.state = afterAttempt(this.state, step.loss, this.now.now);
        this.now = { ...this.now, work: null };
        return false;
      case 'hand over':
        this.now = situation({ seen: this.now.seen, startedAt: this.now.now, now: this.now.now });
        return false;
      case 'end':
        if (step.as === 'Done') assert.ok(this.proved.has(this.state.job?.uid ?? ''), 'Done without proof');
        if (step.as === 'Deleted') assert.ok(!this.state.guarded, 'deleted with topics guarded');
        if (step.as === 'Failed') assert.ok(this.seesOutdated !== true, 'failed by an order that is outdated');
        this.ended = step;
        this.closedWhileDeleting = this.kubernetes.restore.deleting;
        return true;
    }
  }

  #work(): void {
    if (this.now.work !== null) return;
    this.now = { ...this.now, served: true, work: work({ step: 'Opening', podUid: null }) };
    this.open();
  }

  /** The pod opens the report, once it is at work. */
  protected open(): void {
    const { work } = this.now;
    if (work?.podUid !== null || work.result !== null || !this.isAtWork) return;
    this.state = afterOpening(this.state, 0);
    // What was looked at before knows nothing of this pod.
    const podUid = this.look().found?.pod?.uid ?? null;
    this.now = { ...this.now, looked: null, work: { ...work, step: 'Restoring', podUid } };
  }

  /** What was last seen of the Job in hand says that its order is another one than would be made now. */
  get seesOutdated(): boolean | undefined {
    return this.now.seen?.jobs.find(({ uid }) => uid === this.state.job?.uid)?.outdated;
  }

  #ensureJob(): void {
    const seen = this.now.seen?.restore;
    assert.ok(!this.now.served, 'a second attempt in one execution');
    assert.ok((this.state.paused === null && seen?.enabled) || seen?.deleting, 'made while paused');
    const made = this.ensuredJob();
    if (typeof made === 'string') {
      const { refused, now } = this.now;
      this.now = { ...this.now, refused: { reason: made, message: '', at: now, times: (refused?.times ?? 0) + 1 } };
    } else {
      this.state = { ...this.state, job: { name: made.name, uid: made.uid } };
      this.now = { ...this.now, refused: null };
    }
  }

  /** As the API server does it: the living Job, or a new one, for which those that are over go; or what is in its way. */
  protected ensuredJob(): JobFacts | string {
    const living = this.kubernetes.jobs.find(isActive);
    if (living?.outdated === true && !isAtWork(living)) {
      this.change(deleted(this.kubernetes, living.uid));
      return 'PodLeaving';
    }
    if (living !== undefined) return living;
    const obstacle = obstacleTo(this.kubernetes);
    if (obstacle !== null) return obstacle;
    const made = newJob(++this.made, this.kubernetes);
    this.change({ jobs: [made] });
    return made;
  }
}

/** Why the API server, asked anew, has no new Job made. */
function obstacleTo({ restore, report }: Kubernetes): string | null {
  if (!restore.enabled && !restore.deleting) return 'Cancelled';
  if (report === null) return 'ReportMissing';
  return report.deleting ? 'ReportTerminating' : null;
}
