import { attentionFor } from '../../../src/model/attention.ts';
import type { Execution as Described } from '../../../src/model/attention.ts';
import type { WorkResult } from '../../../src/model/decide.ts';
import type { Observation } from '../../../src/model/observation.ts';
import type { Phase } from '../../../src/model/phase.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import type { RestoreState, Trouble } from '../../../src/model/state.ts';
import { Execution } from './execution.ts';
import { deleted, ended, pictureOf, withNodes } from './kubernetes.ts';
import type { Kubernetes } from './kubernetes.ts';
import { situation } from './pictures.ts';

/** Kubernetes, a pod, a workflow, Temporal and the operator: all that can happen to a Restore from outside of it. */
export class ControlPlane extends Execution {
  /** Temporal still knows of the execution. */
  remembered = true;
  /** How the work came to its end, as the pod said it. */
  said: WorkResult | null = null;

  /** No value that a world holds is ever changed, so that a copy can go another way. */
  copy(): ControlPlane {
    return Object.assign(new ControlPlane(this.decide), this);
  }

  get picture(): Observation {
    return pictureOf(this.kubernetes);
  }

  changeRestore(changes: Partial<Kubernetes['restore']>): void {
    this.change({ restore: { ...this.kubernetes.restore, ...changes } });
  }

  /** An operator looks, at what is or at what its watches still show: it tells the open execution, or starts one. */
  attend(seen: Observation): void {
    const status = this.#status;
    const attention = attentionFor(seen, '', this.#described, status, seen.restore.deleting ? 0 : null);
    if (attention === 'signal') this.tell(seen);
    if (attention === 'let go' || attention === 'give up') this.#vanish();
    const looksFirst = attention === 'start if its Job is gone';
    if (attention === 'start' || (looksFirst && this.look().found === null)) this.restart(seen);
  }

  /** The Restore goes, and its Jobs with it; where topics are still guarded, an event has said what is left to do. */
  #vanish(): void {
    this.change(deleted(this.kubernetes));
    this.ended = { do: 'end', as: 'Deleted' };
  }

  get #described(): Described | null {
    if (this.ended === null) return { open: true, completed: false, closedAt: null, acknowledged: null };
    const completed = this.ended.as !== 'Cancelled' && this.ended.as !== 'Terminated';
    const closedAt = this.closedWhileDeleting ? 1 : -1;
    return this.remembered ? { open: false, completed, closedAt, acknowledged: null } : null;
  }

  get #status(): RestoreStatus {
    const { job, guarded } = this.state;
    const conditions = guarded ? [targetGuarded] : [];
    const phase: Phase = this.ended?.as === 'Done' || this.ended?.as === 'Failed' ? this.ended.as : 'Restoring';
    return { phase, conditions, ...(job === null ? {} : { job }) };
  }

  tell(seen: Observation): void {
    this.now = { ...this.now, seen, looked: null, refused: null };
    this.run();
  }

  pass(ms: number): void {
    this.now = { ...this.now, now: this.now.now + ms, looked: null };
    this.run();
  }

  /** The history becomes long, whatever is done. */
  lengthen(): void {
    this.now = { ...this.now, historyIsLong: true };
    this.run();
  }

  cancel(): void {
    if (this.ended !== null) return;
    this.state = { ...this.state, paused: 'Cancelled' };
    this.now = { ...this.now, cancelled: true };
    this.run();
  }

  /** By the signals; the execution looks at them with the next message. */
  pause(paused: 'PausedBySignal' | null): void {
    if (this.ended === null) this.state = { ...this.state, paused };
  }

  /** The pod says to what end it came, and leaves; a dead pod says nothing. The workflow still has to write its numbers. */
  answer(result: WorkResult): void {
    const { work } = this.now;
    if (work === null || work.settled || !this.isAtWork || this.ended !== null) return;
    // What it waits for is not there.
    if (result.end === 'Done' && work.waiting !== null) return;
    const { uid } = this.state.job ?? { uid: '' };
    if (result.end === 'Done') this.proved = new Set([...this.proved, uid]);
    this.said = result;
    this.change({ jobs: ended(this.kubernetes.jobs, uid, result.end === 'Done' ? 'Complete' : 'Failed') });
    this.now = { ...this.now, work: { ...work, settled: true } };
    this.run();
  }

  /** The workflow takes what the pod has said, if it has said anything. */
  take(): void {
    if (this.now.work?.settled === true && this.said !== null) this.#come(this.said);
  }

  /** The work comes to this result at once, unless the pod is dead or has said another one before. */
  finish(result: WorkResult): void {
    if (result.end === 'Done' || result.end === 'Failed') this.answer(result);
    else if (this.now.work?.settled === false && this.isAtWork) this.#come(result);
    this.take();
  }

  #come(result: WorkResult): void {
    const { work } = this.now;
    if (work === null || this.ended !== null) return;
    if (result.end === 'Done') this.state = { ...this.state, guarded: false };
    this.now = { ...this.now, work: { ...work, result } };
    this.run();
  }

  /** The pod changes the topics' configuration. */
  guard(): void {
    if (this.now.work !== null && this.isAtWork && this.ended === null) this.state = { ...this.state, guarded: true };
  }

  /** The pod says why it does not go on, or that it does again. */
  wait(waiting: Trouble | null): void {
    const { work } = this.now;
    if (work === null || work.settled || !this.isAtWork || this.ended !== null) return;
    this.now = { ...this.now, work: { ...work, waiting } };
    this.run();
  }

  /** Nodes take the pods that wait for one. */
  startPods(): void {
    this.change(withNodes(this.kubernetes));
    if (this.ended !== null) return;
    this.open();
    this.run();
  }

  /** An execution that is gone has asked for a Job, and only now an operator gets round to it: nobody waits for the answer. */
  makeLate(): void {
    this.ensuredJob();
  }

  /** Somebody ends the execution in Temporal. */
  terminate(): void {
    this.ended ??= { do: 'end', as: 'Terminated' };
  }

  /** Temporal knows nothing of it any more: its database is wiped, or the execution closed longer ago than the retention. */
  forget(): void {
    this.terminate();
    this.remembered = false;
  }

  /** The operator starts it anew, with what the status remembers. */
  restart(seen = this.picture): void {
    this.#resume({ ...this.state, losses: 0, outOfMemory: 0, notBefore: 0, trouble: null }, seen);
  }

  /** Reset in Temporal: the execution goes on from an earlier moment, and knows nothing of what came after it. */
  reset(which: number): void {
    const earlier = this.past.state(which);
    // What guards the topics is in their own configuration and in the claim too; only the workflow forgets it.
    this.#resume({ ...earlier, guarded: earlier.guarded || this.state.guarded }, this.picture);
  }

  #resume(from: RestoreState, seen: Observation): void {
    this.state = from;
    this.ended = null;
    this.remembered = true;
    this.closedWhileDeleting = false;
    this.now = situation({ seen, startedAt: this.now.now, now: this.now.now });
    this.run();
  }
}

const targetGuarded: RestoreStatus['conditions'][number] = {
  ...{ type: 'TargetGuarded', status: 'True', reason: 'TargetGuarded', message: '' },
  ...{ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 },
};
