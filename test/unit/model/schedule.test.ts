// Whatever is observed late, twice or in the wrong order, and whatever dies meanwhile: one Job at a time, Done only with the
// proof, no step that leads nowhere, and an undisturbed Restore always gets to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/model/decide.ts';
import type { Situation, Step, WorkResult } from '../../../src/model/decide.ts';
import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { afterAttempt, afterOpening } from '../../../src/model/state.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { job, picture, situation, state, work } from './pictures.ts';

/** More steps than this without a wait would be a loop. */
const stepsWithoutWait = 12;

/** Kubernetes, a pod and a workflow, as far as decisions matter. */
class Model {
  state: RestoreState = state();
  now: Situation = situation({ seen: null });
  ended: Extract<Step, { do: 'end' }> | null = null;
  jobs: JobFacts[] = [];
  enabled = true;
  report: Observation['report'] = picture().report;
  proved = false;
  made = 0;
  readonly #past: Observation[] = [];

  get picture(): Observation {
    const current = picture({ jobs: [...this.jobs], report: this.report }, { enabled: this.enabled });
    this.#past.push(current);
    return current;
  }

  /** An observation out of the past arrives: 0 is the oldest. */
  tellOld(which: number): void {
    this.tell(this.#past[which % Math.max(1, this.#past.length)] ?? this.picture);
  }

  tell(seen: Observation): void {
    this.now = { ...this.now, seen, looked: null };
    this.run();
  }

  pass(ms: number): void {
    this.now = { ...this.now, now: this.now.now + ms, looked: null };
    this.run();
  }

  /** The work of the pod comes to this result; a dead pod comes to none. */
  finish(result: WorkResult): void {
    const alive = this.jobs.some(({ uid, phase }) => uid === this.state.job?.uid && phase === 'Active');
    if (this.now.work === null || !alive) return;
    if (result.end === 'Done') this.proved = true;
    this.now = { ...this.now, work: { ...this.now.work, result } };
    this.run();
  }

  lose(loss: NonNullable<NonNullable<JobFacts['pod']>['loss']>): void {
    this.jobs = this.jobs.map((j) => ({ ...j, phase: 'Failed', pod: j.pod === null ? null : { ...j.pod, loss } }));
  }

  /** The workflow is gone; the operator starts it anew with what the status remembers. */
  restart(): void {
    this.state = { ...this.state, losses: 0, outOfMemory: 0, notBefore: 0, trouble: null };
    this.ended = null;
    this.now = situation({ seen: this.picture, startedAt: this.now.now, now: this.now.now });
    this.run();
  }

  /** The main loop of workflows/restore.ts. */
  run(): void {
    for (let steps = 0; this.ended === null; steps++) {
      assert.ok(steps < stepsWithoutWait, 'it goes round and round');
      const step = decide(this.state, this.now);
      if (this.#do(step)) return;
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
        this.now = { ...this.now, served: true, work: work({ result: { end: 'Stopped' } }) };
        return false;
      case 'release':
        this.jobs = this.jobs.filter(({ uid }) => uid !== this.state.job?.uid);
        this.state = afterAttempt(this.state, step.loss, this.now.now);
        this.now = { ...this.now, work: null };
        return false;
      case 'hand over':
        this.now = situation({ seen: this.now.seen, startedAt: this.now.now, now: this.now.now });
        return false;
      case 'end':
        if (step.as === 'Done') assert.ok(this.proved, 'Done without proof');
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
    if (this.report === null || this.report.deleting) {
      this.now = { ...this.now, refused: { reason: 'ReportTerminating', message: '', at: this.now.now } };
      return;
    }
    const living = this.jobs.find(({ phase }) => phase === 'Active');
    const made = living ?? job({ uid: `job-${++this.made}`, name: `r-${this.made}` });
    if (living === undefined) this.jobs.push(made);
    this.state = { ...this.state, job: { name: made.name, uid: made.uid } };
  }
}

const killed = { reason: 'PodKilled', message: '', disruption: false, outOfMemory: false };
const outOfMemory = { ...killed, reason: 'OutOfMemory', outOfMemory: true };

const event = fc.oneof(
  { weight: 4, arbitrary: fc.nat(20).map((n) => ({ name: `old ${n}`, run: (m: Model) => m.tellOld(n) })) },
  { weight: 3, arbitrary: fc.constant({ name: 'tell', run: (m: Model) => m.tell(m.picture) }) },
  fc.constantFrom(
    { name: 'Job deleted', run: (m: Model) => void (m.jobs = []) },
    { name: 'pod killed', run: (m: Model) => m.lose(killed) },
    { name: 'out of memory', run: (m: Model) => m.lose(outOfMemory) },
    { name: 'disabled', run: (m: Model) => void (m.enabled = false) },
    { name: 'enabled', run: (m: Model) => void (m.enabled = true) },
    { name: 'report deleted', run: (m: Model) => void (m.report = m.report && { ...m.report, deleting: true }) },
    { name: 'report new', run: (m: Model) => void (m.report = picture().report) },
    { name: 'time', run: (m: Model) => m.pass(20_000) },
    { name: 'workflow gone', run: (m: Model) => m.restart() },
    { name: 'pause', run: (m: Model) => void (m.state = { ...m.state, paused: 'PausedBySignal' }) },
    { name: 'resume', run: (m: Model) => void (m.state = { ...m.state, paused: null }) },
    { name: 'fenced', run: (m: Model) => m.finish({ end: 'Lost', trouble: killed }) },
    { name: 'history long', run: (m: Model) => m.finish({ end: 'HandedOver' }) },
    { name: 'done', run: (m: Model) => m.finish({ end: 'Done' }) },
  ),
);

test('any schedule', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const model = new Model();
      model.tell(model.picture);
      for (const { run } of events) run(model);

      // Undisturbed from here on: the world is well, and what is seen is what is.
      model.enabled = true;
      model.report = picture().report;
      model.state = { ...model.state, paused: null };
      if (model.ended?.as === 'Failed') model.jobs = [];
      if (model.ended !== null && model.ended.as !== 'Done') model.restart();
      for (let i = 0; i < 10 && model.ended === null; i++) {
        model.tell(model.picture);
        model.pass(60_000);
        model.tell(model.picture);
        model.finish({ end: 'Done' });
      }
      assert.equal(model.ended?.as, 'Done');
    }),
    { numRuns: 2_000 },
  );
});
