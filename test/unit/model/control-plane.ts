import assert from 'node:assert/strict';
import { decide } from '../../../src/model/decide.ts';
import type { Situation, Step, WorkResult } from '../../../src/model/decide.ts';
import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { afterAttempt, afterOpening } from '../../../src/model/state.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { job, picture, situation, state, work } from './pictures.ts';

/** More steps than this without a wait would be a loop. */
const stepsWithoutWait = 12;

/**
 * Kubernetes, a pod and a workflow, as far as decisions matter. What must never happen is asserted where it would happen:
 * two Jobs at once, a Job given up that still works or whose pod has said how it ended, one made while the Restore is paused or by an execution that has had
 * its own, Done without a proof of this Job, and an end that leaves topics guarded.
 */
export class ControlPlane {
  state: RestoreState = state();
  now: Situation = situation({ seen: null });
  ended: Extract<Step, { do: 'end' }> | null = null;
  jobs: JobFacts[] = [];
  enabled = true;
  deleting = false;
  report: Observation['report'] = picture().report;
  readonly #decide: typeof decide;
  readonly #proved = new Set<string>();
  readonly #pictures: Observation[] = [];
  readonly #states: RestoreState[] = [];
  #answer: WorkResult | null = null;
  #made = 0;

  /** @param decider what decides instead of `decide`, to see that its mistakes are found */
  constructor(decider = decide) {
    this.#decide = decider;
  }

  get picture(): Observation {
    const { jobs, report, enabled, deleting } = this;
    const current = picture({ jobs: [...jobs], report }, { enabled, deleting });
    this.#pictures.push(current);
    return current;
  }

  /** An observation out of the past arrives, from a slow watch or another leader: 0 is the oldest. */
  tellOld(which: number): void {
    this.tell(this.#pictures[which % Math.max(1, this.#pictures.length)] ?? this.picture);
  }

  tell(seen: Observation): void {
    this.now = { ...this.now, seen, looked: null, refused: null };
    this.#run();
  }

  pass(ms: number): void {
    this.now = { ...this.now, now: this.now.now + ms, looked: null };
    this.#run();
  }

  /** The history becomes long, whatever is done. */
  lengthen(): void {
    this.now = { ...this.now, historyIsLong: true };
    this.#run();
  }

  cancel(): void {
    if (this.ended !== null) return;
    this.state = { ...this.state, paused: 'Cancelled' };
    this.now = { ...this.now, cancelled: true };
    this.#run();
  }

  /** The pod says to what end it came, and leaves; a dead pod says nothing. The workflow still has to write its numbers. */
  answer(result: WorkResult): void {
    const { work } = this.now;
    if (work === null || work.settled || !this.#lives || this.ended !== null) return;
    const { uid } = this.state.job ?? { uid: '' };
    if (result.end === 'Done') this.#proved.add(uid);
    this.#answer = result;
    const phase = result.end === 'Done' ? 'Complete' : 'Failed';
    this.jobs = this.jobs.map((j) => (j.uid === uid ? { ...j, phase } : j));
    this.now = { ...this.now, work: { ...work, settled: true } };
    this.#run();
  }

  /** The workflow takes what the pod has said, if it has said anything. */
  take(): void {
    if (this.now.work?.settled === true && this.#answer !== null) this.#come(this.#answer);
  }

  /** The work comes to this result at once, unless the pod is dead or has said another one before. */
  finish(result: WorkResult): void {
    if (result.end === 'Done' || result.end === 'Failed') this.answer(result);
    else if (this.now.work?.settled === false && this.#lives) this.#come(result);
    this.take();
  }

  #come(result: WorkResult): void {
    const { work } = this.now;
    if (work === null || this.ended !== null) return;
    if (result.end === 'Done') this.state = { ...this.state, guarded: false };
    this.now = { ...this.now, work: { ...work, result } };
    this.#run();
  }

  /** The pod changes the topics' configuration. */
  guard(): void {
    if (this.now.work !== null && this.#lives && this.ended === null) this.state = { ...this.state, guarded: true };
  }

  lose(loss: NonNullable<NonNullable<JobFacts['pod']>['loss']>): void {
    this.jobs = this.jobs.map((j) => ({ ...j, phase: 'Failed', pod: j.pod === null ? null : { ...j.pod, loss } }));
  }

  /** A cleaner removes Jobs that are over. */
  clean(): void {
    this.jobs = this.jobs.filter(({ phase }) => phase === 'Active');
  }

  /** The workflow is gone (terminated, database wiped); the operator starts it anew with what the status remembers. */
  restart(): void {
    this.#resume({ ...this.state, losses: 0, outOfMemory: 0, notBefore: 0, trouble: null });
  }

  /** Reset in Temporal: the execution goes on from an earlier moment, and knows nothing of what came after it. */
  reset(which: number): void {
    const earlier = this.#states[which % Math.max(1, this.#states.length)];
    // What guards the topics is in their own configuration and in the claim too; only the workflow forgets it.
    if (earlier !== undefined) this.#resume({ ...earlier, guarded: earlier.guarded || this.state.guarded });
  }

  #resume(from: RestoreState): void {
    this.state = from;
    this.ended = null;
    this.now = situation({ seen: this.picture, startedAt: this.now.now, now: this.now.now });
    this.#run();
  }

  get #lives(): boolean {
    return this.jobs.some(({ uid, phase }) => uid === this.state.job?.uid && phase === 'Active');
  }

  /** The main loop of workflows/restore.ts. */
  #run(): void {
    for (let steps = 0; this.ended === null; steps++) {
      assert.ok(steps < stepsWithoutWait, 'it goes round and round');
      if (this.#do(this.#decide(this.state, this.now))) return;
      this.#states.push(this.state);
      assert.ok(this.jobs.filter(({ phase }) => phase === 'Active').length <= 1, 'two Jobs at once');
    }
  }

  /** @returns whether it now waits */
  #do(step: Step): boolean {
    switch (step.do) {
      case 'wait':
        return true;
      case 'run':
        if (this.now.work === null) this.state = afterOpening(this.state, 0);
        this.now = { ...this.now, served: true, work: this.now.work ?? work({ podUid: null }) };
        return true;
      case 'create':
        this.#ensureJob();
        return false;
      case 'look':
        this.now = { ...this.now, looked: this.#look() };
        return false;
      case 'stop':
        if (step.as === 'Deleted' && this.#lives) this.state = { ...this.state, guarded: false };
        this.now = { ...this.now, served: true, work: work({ result: { end: 'Stopped' } }) };
        return false;
      case 'release':
        assert.ok(!this.#lives || this.now.work?.result != null, 'a Job that still works is given up');
        assert.ok(this.now.work?.settled !== true || this.now.work.result !== null, 'what the pod has said is lost');
        this.jobs = this.jobs.filter(({ uid }) => uid !== this.state.job?.uid);
        this.state = afterAttempt(this.state, step.loss, this.now.now);
        this.now = { ...this.now, work: null };
        return false;
      case 'hand over':
        this.now = situation({ seen: this.now.seen, startedAt: this.now.now, now: this.now.now });
        return false;
      case 'end':
        if (step.as === 'Done') assert.ok(this.#proved.has(this.state.job?.uid ?? ''), 'Done without proof');
        if (step.as === 'Deleted') assert.ok(!this.state.guarded, 'deleted with topics guarded');
        this.ended = step;
        return true;
    }
  }

  #look(): Situation['looked'] {
    const uid = this.state.job?.uid ?? '';
    return { uid, found: this.jobs.find((j) => j.uid === uid) ?? null };
  }

  /** As the API server does it: the living Job, or a new one. */
  #ensureJob(): void {
    const { paused } = this.state;
    assert.ok(!this.now.served, 'a second attempt in one execution');
    assert.ok(
      (paused === null && this.now.seen?.restore.enabled) || this.now.seen?.restore.deleting,
      'made while paused',
    );
    if (this.report === null || this.report.deleting) {
      this.now = { ...this.now, refused: { reason: 'ReportTerminating', message: '', at: this.now.now, times: 1 } };
      return;
    }
    const living = this.jobs.find(({ phase }) => phase === 'Active');
    const made = living ?? job({ uid: `job-${++this.#made}`, name: `r-${this.#made}` });
    if (living === undefined) this.jobs.push(made);
    this.state = { ...this.state, job: { name: made.name, uid: made.uid } };
  }
}
