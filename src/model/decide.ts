import { backoffMs } from './backoff.ts';
import type { JobFacts, Observation } from './observation.ts';
import type { Phase } from './phase.ts';
import { outOfMemoryLimit } from './state.ts';
import type { JobRef, Loss, RestoreState, Trouble } from './state.ts';
import { wayOut } from './way-out.ts';

/** What the pod is asked to do, in this order. */
export type WorkStep = 'Opening' | 'Checking' | 'Preparing' | 'Restoring' | 'Proving' | 'Closing';

/** How the work with a pod came to its end. */
export type WorkResult =
  | { readonly end: 'Done' }
  | { readonly end: 'Failed'; readonly trouble: Trouble }
  /** Stopped because we asked for it. */
  | { readonly end: 'Stopped' }
  /** The pod may not go on, another attempt may: somebody else has taken over its report or its transaction. */
  | { readonly end: 'Lost'; readonly trouble: Trouble }
  /** The history of this execution is long: another execution goes on with the same pod. */
  | { readonly end: 'HandedOver' };

/** The work with the pod of the Job in hand. */
export interface Work {
  readonly step: WorkStep;
  /** The pod that opened the report; null before. */
  readonly podUid: string | null;
  /** Why the step does not go on for the time being. */
  readonly waiting: Trouble | null;
  /** The pod has closed its report and may end: how the work came to its end is certain, and `result` is about to say it. */
  readonly settled: boolean;
  readonly result: WorkResult | null;
}

/** All that an execution knows at a moment, besides the state that it was handed. */
export interface Situation {
  /** The last observation; null until the first has come. */
  readonly seen: Observation | null;
  /** The last look at a Job in the API server itself since then; `found` is null if the Job is gone. */
  readonly looked: { readonly uid: string; readonly found: JobFacts | null } | null;
  readonly work: Work | null;
  /** This execution has had its attempt; the next one gets an execution of its own. */
  readonly served: boolean;
  /** The history of this execution is so long that another one should go on. */
  readonly historyIsLong: boolean;
  /** Executions that began before that was done leave a Job alone that nothing has on record. */
  readonly takesIdleJobs: boolean;
  /** Executions that began before that was done say of a pod only as long as it opens the report that it is silent. */
  readonly saysSilence: boolean;
  /** Cancelled in Temporal, as by the button in the Web UI. */
  readonly cancelled: boolean;
  /** Why there is no Job yet, as of when, and how often in a row; null again once something else was seen. */
  readonly refused: (Trouble & { readonly at: number; readonly times: number }) | null;
  /** When this execution began, and now: epoch milliseconds. */
  readonly startedAt: number;
  readonly now: number;
}

export type Step =
  /** Nothing to do before the next message, or before this moment. */
  | { readonly do: 'wait'; readonly phase: Phase; readonly why: Trouble | null; readonly until?: number }
  /** Make the Job of the attempt, unless a living one is found: then take that. */
  | { readonly do: 'create'; readonly phase: Phase; readonly why: Trouble | null }
  /** Take a Job that is there though nothing has it on record, where none would be made. */
  | { readonly do: 'take'; readonly job: JobRef; readonly attempt: number }
  /** Ask the API server itself what became of the Job. */
  | { readonly do: 'look' }
  /** Work with the pod. */
  | { readonly do: 'run'; readonly phase: Phase; readonly why: Trouble | null; readonly until?: number }
  /** Let the pod flush, write a checkpoint and leave. */
  | { readonly do: 'stop'; readonly as: 'Paused' | 'Deleted' }
  /** The attempt is over: delete what is left of its Job. */
  | { readonly do: 'release'; readonly loss: Loss | null }
  /** Go on in a new execution. */
  | { readonly do: 'hand over' }
  | { readonly do: 'end'; readonly as: 'Done' | 'Deleted' | 'Cancelled' }
  | { readonly do: 'end'; readonly as: 'Failed'; readonly trouble: Trouble };

/** How long a new attempt waits for the pod of the last one to leave: its grace period and some more. Milliseconds. */
const leaveWithin = 35_000;
/** Time between two looks at the API server where nothing else would wake us up. Milliseconds. */
const lookAgainAfter = 15_000;
/** Time until a Job that was refused is tried again, if nothing changes before; doubled up to the longest. Milliseconds. */
const tryAgainAfter = { firstMs: 5_000, maxMs: 60_000 };

/**
 * What to do next. The whole behaviour of a Restore is here: it is a function of what is known, asked again after every
 * message, so that it does not matter what was missed, what came twice, or in which order.
 */
export function decide(state: RestoreState, situation: Situation): Step {
  const { seen } = situation;
  if (seen === null) return { do: 'wait', phase: 'Initializing', why: null };
  return state.job === null
    ? decideWithoutJob(state, situation, seen)
    : decideWithJob(state, situation, seen, state.job.uid);
}

function decideWithJob(state: RestoreState, situation: Situation, seen: Observation, uid: string): Step {
  const { work, now } = situation;
  const looked = situation.looked?.uid === uid ? situation.looked.found : undefined;
  const hint = seen.jobs.find((job) => job.uid === uid);
  if (work?.result != null) return afterWork(work.result, state, hint, seen.report);

  if (work?.settled === true) return running(situation, hint);
  const lives = hint !== undefined && !isOver(hint, work);
  if (looked === undefined && !lives) return { do: 'look' };
  if (looked === null) return { do: 'release', loss: deleted };
  if (looked !== undefined && isOver(looked, work)) return afterLoss(state, lossOf(looked), seen.report);

  if (seen.restore.deleting) return { do: 'stop', as: 'Deleted' };
  if (situation.cancelled || !mayRun(state, seen.restore)) return { do: 'stop', as: 'Paused' };
  const shown = running(situation, looked ?? hint);
  // What the next Job is made from may be what this one waits for.
  if (shown.why !== null && hint?.outdated === true) return { do: 'stop', as: 'Paused' };
  return lives ? shown : { ...shown, until: now + lookAgainAfter };
}

function afterWork(
  result: WorkResult,
  state: RestoreState,
  job: JobFacts | undefined,
  report: Observation['report'],
): Step {
  switch (result.end) {
    case 'Done':
      return { do: 'end', as: 'Done' };
    case 'Failed':
      // What was corrected meanwhile, the next Job is made from: nobody has to delete this one.
      if (job?.outdated === true) return { do: 'release', loss: outdated(result.trouble) };
      return failed(result.trouble, state, report);
    case 'Stopped':
      return { do: 'release', loss: null };
    case 'Lost':
      return { do: 'release', loss: { ...result.trouble, disruption: false, outOfMemory: false } };
    case 'HandedOver':
      return { do: 'hand over' };
  }
}

function afterLoss(state: RestoreState, loss: Loss, report: Observation['report']): Step {
  if (!loss.outOfMemory || state.outOfMemory + 1 < outOfMemoryLimit) return { do: 'release', loss };
  const message = `${outOfMemoryLimit} attempts in a row ran out of memory without getting further. Raise spec.resources.limits.memory.`;
  return failed({ reason: 'OutOfMemory', message }, state, report);
}

function failed({ reason, message }: Trouble, state: RestoreState, report: Observation['report']): Step {
  return { do: 'end', as: 'Failed', trouble: { reason, message: `${message} ${wayOut(reason, state, report)}` } };
}

function running({ work, saysSilence }: Situation, job: JobFacts | undefined): Extract<Step, { do: 'run' }> {
  const hindered = job?.pod?.hindered ?? job?.hindered ?? null;
  const step = work?.step ?? 'Opening';
  // Whatever the pod last said: it has been taken away, or has been asked since and does not answer.
  const isOutOfReach = hindered?.reason === 'JobSuspended' || (saysSilence && hindered?.reason === 'PodSilent');
  if (isOutOfReach) return { do: 'run', phase: 'Waiting', why: hindered };
  if (work?.waiting != null) return { do: 'run', phase: 'Waiting', why: work.waiting };
  if (step === 'Opening' && hindered !== null) {
    return { do: 'run', phase: hindered.reason === 'SecretMissing' ? 'Invalid' : 'Waiting', why: hindered };
  }
  const preparing = step === 'Opening' || step === 'Checking' || step === 'Preparing';
  return { do: 'run', phase: preparing ? 'Initializing' : 'Restoring', why: null };
}

function decideWithoutJob(state: RestoreState, situation: Situation, seen: Observation): Step {
  const { restore, leftovers } = seen;
  const { now, startedAt, refused } = situation;
  if (restore.deleting && !state.guarded) return { do: 'end', as: 'Deleted' };
  if (situation.cancelled) return { do: 'end', as: 'Cancelled' };
  if (situation.served || situation.historyIsLong) return { do: 'hand over' };

  const wait = (phase: Phase, why: Trouble | null, until?: number): Step =>
    until === undefined ? { do: 'wait', phase, why } : { do: 'wait', phase, why, until };
  const obstacle = obstacleTo(state, seen);
  if (obstacle !== null) {
    const idle = situation.takesIdleJobs ? idleJob(state, seen) : undefined;
    return idle === undefined ? { do: 'wait', ...obstacle } : { do: 'take', ...idle };
  }
  if (leftovers.length > 0 && now < startedAt + leaveWithin)
    return wait('Initializing', podLeaving, startedAt + leaveWithin);
  if (now < state.notBefore) return wait('Waiting', state.trouble, state.notBefore);
  if (refused === null) return { do: 'create', phase: 'Initializing', why: state.trouble };
  const again = refused.at + backoffMs(refused.times, tryAgainAfter);
  const phase = refused.reason === 'InvalidConfiguration' ? 'Invalid' : 'Waiting';
  return now < again ? wait(phase, refused, again) : { do: 'create', phase, why: refused };
}

/** Why no Job is made now; null if one may be. */
function obstacleTo(
  state: RestoreState,
  { restore, report }: Observation,
): { readonly phase: Phase; readonly why: Trouble | null } | null {
  if (restore.mappings === 0) return { phase: 'Draft', why: null };
  if (!restore.deleting && !mayRun(state, restore)) return { phase: hasStarted(state) ? 'Paused' : 'Ready', why: null };
  if (restore.problem !== null) {
    return { phase: 'Invalid', why: { reason: 'InvalidConfiguration', message: restore.problem } };
  }
  if (report === null) return { phase: 'Initializing', why: reportMissing };
  return report.deleting ? { phase: 'Waiting', why: reportTerminating(report.name) } : null;
}

/** Runs if and only if the Restore is enabled and nobody paused it by a message. */
function mayRun(state: RestoreState, { enabled }: Observation['restore']): boolean {
  return enabled && state.paused === null;
}

/** A Job that was made and then forgotten: the execution was reset, or ended before it could say so. */
function idleJob(state: RestoreState, seen: Observation): { job: JobRef; attempt: number } | undefined {
  const idle = seen.jobs.find(({ uid, phase, deleting }) => phase === 'Active' && !deleting && uid !== state.released);
  return idle && { job: { name: idle.name, uid: idle.uid }, attempt: idle.attempt };
}

/** There was an attempt before this one, or a pod has been at the target. */
export function hasStarted(state: RestoreState): boolean {
  return state.attempt > 1 || state.guarded || state.job !== null;
}

/** No pod of this Job will ever work again. A second pod of the same Job is not the one that opened the report. */
function isOver(job: JobFacts, work: Work | null): boolean {
  const { pod } = job;
  const another = work?.podUid != null && pod !== null && pod.uid !== work.podUid;
  // Nothing protects a claim whose pod is on no node yet.
  const neverStarts = job.reportGone && work?.podUid == null && pod?.running !== true;
  return job.phase !== 'Active' || pod?.loss != null || another || neverStarts;
}

function lossOf({ pod, reportGone }: JobFacts): Loss {
  if (pod?.loss != null) return pod.loss;
  const why = reportGone
    ? { reason: 'ReportMissing', message: 'The volume claim of the report was deleted before the pod had started.' }
    : { reason: 'PodLost', message: 'The pod is gone.' };
  return { ...why, disruption: true, outOfMemory: false };
}

const deleted: Loss = { reason: 'JobDeleted', message: 'The Job was deleted.', disruption: true, outOfMemory: false };

function outdated({ reason, message }: Trouble): Loss {
  const why = `What the Job was made from was changed since; it had failed with ${reason}: ${message}`;
  return { reason: 'OrderOutdated', message: why, disruption: false, outOfMemory: false };
}

const reportMissing: Trouble = {
  reason: 'ReportMissing',
  message: 'The volume claim of the report does not exist yet.',
};

const podLeaving: Trouble = {
  reason: 'PodLeaving',
  message: 'The pod of the last attempt has not left yet.',
};

function reportTerminating(name: string): Trouble {
  return {
    reason: 'ReportTerminating',
    message: `The volume claim ${name} of the report is being deleted. A new one is made once it is gone.`,
  };
}
