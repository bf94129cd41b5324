import { asked, ignoredApproval } from './approval.ts';
import { conditionTypes, jobCompletedReasons } from './conditions.ts';
import type { ConditionType, JobCompletedReason, StatedCondition } from './conditions.ts';
import type { Situation, Step } from './decide.ts';
import type { DeliveryKind } from './order.ts';
import { isEnd } from './phase.ts';
import type { Phase } from './phase.ts';
import { workflowIdOf } from './state.ts';
import type { JobRef, RestoreRef, RestoreState, Trouble } from './state.ts';

/** The status of a Restore as the workflow states it. Conditions that it does not speak of stay as they are. */
export interface StatusReport {
  readonly restore: RestoreRef;
  readonly attempt: number;
  readonly sequence: number;
  readonly phase: Phase;
  /** Generation of the spec that was seen; 0 before the first observation. */
  readonly generation: number;
  readonly job: JobRef | null;
  readonly report: { readonly name: string; readonly uid: string } | null;
  readonly workflow: { readonly id: string; readonly runId: string };
  readonly resumedFrom: number;
  /** All is restored: the attempt only gives topics their retention back. */
  readonly errand: boolean;
  /** The targets are claimed: from now on they are what the Restore says. */
  readonly started: boolean;
  readonly conditions: readonly StatedCondition[];
}

/** What came of the work that a person should know. */
export interface Findings {
  /** The report was opened in this execution. */
  readonly reportOpened: boolean;
  /** The targets were claimed in this execution. */
  readonly claimed: boolean;
  /** How it writes; null before the report was opened in this execution. */
  readonly delivery: DeliveryKind | null;
  readonly proof: { readonly records: number; readonly foreign: number } | null;
  /** Topics whose retention stays off, with the sentence; null before the end. */
  readonly held: readonly { readonly topic: string; readonly message: string }[] | null;
}

export const nothingFound: Findings = { reportOpened: false, claimed: false, delivery: null, proof: null, held: null };

export interface Standing {
  readonly phase: Phase;
  readonly why: Trouble | null;
}

/** Where the Restore stands when this is what is done next; null when the step says nothing new to a person. */
export function standingOf(step: Step): Standing | null {
  switch (step.do) {
    case 'wait':
    case 'run':
    case 'create':
      return { phase: step.phase, why: step.why };
    case 'end':
      if (step.as === 'Failed') return { phase: 'Failed', why: step.trouble };
      if (step.as === 'Done') return { phase: 'Done', why: null };
      return { phase: 'Paused', why: step.as === 'Deleted' ? deleted : null };
    case 'take':
    case 'look':
    case 'stop':
    case 'release':
    case 'hand over':
      return null;
  }
}

/** The conditions that go with a standing. @param temporalNamespace in which the workflow runs, for commands */
export function conditionsOf(
  { phase, why }: Standing,
  state: RestoreState,
  { seen, work }: Situation,
  findings: Findings,
  temporalNamespace: string,
): StatedCondition[] {
  const observedGeneration = seen?.restore.generation ?? 0;
  const say = (type: ConditionType, holds: boolean, reason: string, message: string): StatedCondition => ({
    type,
    status: holds ? 'True' : 'False',
    reason,
    message,
    observedGeneration,
  });
  const sentence = why?.message ?? phaseSentence[phase];
  const stated = [
    say(
      conditionTypes.JobCompleted,
      phase === 'Done',
      jobReason(phase, work !== null && work.step !== 'Opening'),
      sentence,
    ),
    ...phaseConditions({ phase, why }, observedGeneration),
    say(
      conditionTypes.Paused,
      state.paused !== null,
      state.paused ?? 'NotPaused',
      pausedSentence(state, temporalNamespace),
    ),
    say(
      conditionTypes.TargetGuarded,
      state.guarded,
      'Restoring',
      guardedSentence[phase === 'Failed' ? 'failed' : 'working'],
    ),
    say(
      conditionTypes.PvcTerminating,
      seen?.report?.deleting ?? false,
      'InUse',
      `The volume claim ${seen?.report?.name ?? ''} is being deleted and waits for the pod that uses it. Delete the Job to start from zero.`,
    ),
  ];
  const ignored = ignoredApproval(state, seen);
  stated.push(
    say(
      conditionTypes.Held,
      state.hold !== null && !isEnd(phase),
      state.hold?.reason ?? 'NotHeld',
      state.hold?.message ?? '',
    ),
    say(conditionTypes.ApprovalIgnored, ignored !== null, ignored?.reason ?? 'None', ignored?.message ?? ''),
  );
  if (findings.reportOpened || seen?.report == null || seen.report.deleting) {
    stated.push(
      findings.reportOpened
        ? say(conditionTypes.ReportAvailable, true, 'ReportOpened', 'The report is on its volume.')
        : say(
            conditionTypes.ReportAvailable,
            false,
            'ReportMissing',
            'The report’s volume claim does not exist, or is being deleted.',
          ),
    );
  }
  const { proof, held, delivery } = findings;
  if (delivery !== null) {
    stated.push(say(conditionTypes.IdempotentDelivery, delivery === 'Idempotent', 'NoTransactionalIds', weakerPromise));
  }
  if (proof !== null) {
    const text = `${proof.records} records are in the target, each once.`;
    stated.push(say(conditionTypes.Proven, true, 'LedgerComplete', text));
    const foreign = `Others wrote ${proof.foreign} offsets between the restored records. They were counted and left alone.`;
    stated.push(say(conditionTypes.ForeignRecords, proof.foreign > 0, 'FoundInTarget', foreign));
  } else if (findings.reportOpened) {
    stated.push(say(conditionTypes.Proven, false, 'NotYet', 'The proof comes at the end.'));
  }
  if (held !== null) {
    const message = held.map((topic) => topic.message).join(' ');
    // What Failed begins with its deleted Job comes to its end again, and asks then.
    const text = phase === 'Failed' ? message : asked(state.restore, { reason: 'RetentionHeld', message }).message;
    stated.push(say(conditionTypes.RetentionHeld, held.length > 0, 'RetentionWouldDelete', text));
  }
  return stated;
}

const deleted: Trouble = { reason: 'Deleted', message: 'The Restore is being deleted. No pod is running.' };

const weakerPromise =
  'Without transactional ids Kafka does not shut out what an earlier attempt, or a connection that was lost, still has on its way: records can be there twice by that. Before Done the proof finds it, and the Restore fails with LedgerRepeat or LedgerHole; after Done only rekindle verify does.';

const guardedSentence = {
  working:
    'Target topics keep everything that is written to them until the Restore is done, has failed or is deleted; then they get their configuration back.',
  failed:
    'Target topics still keep everything that is written to them: no pod could give them their configuration back, or it would let records be compacted that are not proved yet. They get it back when the Restore is done or deleted.',
};

/** The conditions that say where a Restore stands for which no workflow speaks. */
export function phaseConditions({ phase, why }: Standing, observedGeneration: number): StatedCondition[] {
  const status = goesOn.includes(phase) ? 'True' : 'False';
  const message = why?.message ?? phaseSentence[phase];
  return [{ type: conditionTypes.Progressing, status, reason: why?.reason ?? phase, message, observedGeneration }];
}

const goesOn: readonly Phase[] = ['Initializing', 'Restoring'];

const phaseSentence: Readonly<Record<Phase, string>> = {
  Draft: 'No topic mapping is defined yet.',
  Ready: 'Set spec.enabled to start.',
  Invalid: 'The configuration is not valid.',
  Initializing: 'The Job is being made, or its pod is not yet at work.',
  Restoring: 'Records are being restored.',
  Waiting: 'Waiting.',
  Paused: 'Paused at a checkpoint; no pod is running.',
  Failed: 'The Restore failed.',
  Done: 'Every record is in the target, and that is proved.',
};

function jobReason(phase: Phase, podAtWork: boolean): JobCompletedReason {
  if (phase === 'Done') return jobCompletedReasons.JobCompleted;
  if (phase === 'Failed') return jobCompletedReasons.JobFailed;
  return podAtWork ? jobCompletedReasons.JobRunning : jobCompletedReasons.JobInitializing;
}

function pausedSentence(state: RestoreState, namespace: string): string {
  const id = workflowIdOf(state.restore);
  const again = `To go on: temporal workflow signal --namespace ${namespace} --name resume --workflow-id ${id}`;
  if (state.paused === 'Cancelled') return `The workflow was cancelled in Temporal. ${again}`;
  return state.paused === null ? '' : `Paused by a signal. ${again}`;
}
