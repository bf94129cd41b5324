import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Observed } from '../src/model/observation.ts';
import type { Phase } from '../src/model/phase.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import { signalNames } from '../src/model/signals.ts';
import type { RestoreState } from '../src/model/state.ts';

/**
 * Everything that can be said to a Restore. All of it is plain JSON, so that the temporal CLI, the Web UI and tctl can
 * send it. Nothing destructive is among it.
 */

/** From the operator: what it sees now. */
export const observedSignal = defineSignal<[Observed]>(signalNames.observed);
/** From a person: flush, write a checkpoint, let the pod go, and wait for `resume`. Outlasts attempts and executions. */
export const pauseSignal = defineSignal(signalNames.pause);
/** From a person: go on after `pause`, or after the workflow was cancelled. */
export const resumeSignal = defineSignal(signalNames.resume);

/** Where the Restore stands, in full. */
export const stateQuery = defineQuery<{ phase: Phase | null; state: RestoreState }>('state');
/** The last numbers that the workflow was given, up to a minute old; the status of the Restore has fresher ones. */
export const progressQuery = defineQuery<PodProgress | null>('progress');

/** Key of the memo by which the operator sees which observation has arrived. */
export const acknowledgedMemo = 'acknowledged';

export const workflowType = 'restore';
