import type { KubeClient } from '../src/kube/client.ts';
import { conditionTypes, setCondition } from '../src/model/conditions.ts';
import type { StatedCondition } from '../src/model/conditions.ts';
import { canonical } from '../src/model/hash.ts';
import { isEnd, phaseMessage } from '../src/model/phase.ts';
import type { Phase } from '../src/model/phase.ts';
import type { RestoreStatus } from '../src/model/resources/restore-status.ts';
import type { RestoreRef } from '../src/model/state.ts';
import type { StatusReport } from '../src/model/status-report.ts';
import { newerThan } from '../src/model/status-order.ts';
import { changeStatus } from './change-status.ts';
import type { Published } from './contract.ts';

/** Conditions that are only there while they hold: their absence is the normal case. */
const abnormal: readonly string[] = [
  conditionTypes.Paused,
  conditionTypes.PvcTerminating,
  conditionTypes.ForeignRecords,
  conditionTypes.IdempotentDelivery,
  conditionTypes.TargetGuarded,
  conditionTypes.Held,
  conditionTypes.ApprovalIgnored,
  conditionTypes.RetentionHeld,
];

/** Writes what the workflow states, unless a newer statement stands there: then where that one is. */
export async function publishStatus(kube: KubeClient, report: StatusReport): Promise<Published> {
  let published: Published = 'written';
  await changeStatus(kube, report.restore, 'workflow', (status) => {
    const newer = newerThan(report, status);
    published = newer === null ? 'written' : { newer };
    return newer === null ? statusOf(report, status, new Date().toISOString()) : null;
  });
  return published;
}

/**
 * States another phase where there is no workflow that could: before the first one, after one that was stopped for good,
 * and while Temporal is away, or the workflow takes nothing. Everything else stays; the workflow's next statement goes
 * over it. An end stays an end, and what is said already is not said again.
 */
export async function restate(
  kube: KubeClient,
  ref: RestoreRef,
  phase: Phase,
  conditions: readonly StatedCondition[],
): Promise<void> {
  await changeStatus(kube, ref, 'workflow', (status, generation) => {
    if (isEnd(status.phase)) return null;
    const own: RestoreStatus = { ...status };
    delete own.progress;
    const stated = {
      ...own,
      phase,
      message: phaseMessage[phase],
      observedGeneration: generation,
      conditions: merged(status, conditions, new Date().toISOString()),
    };
    return canonical(stated) === canonical(own) ? null : { ...stated, sequence: (status.sequence ?? 0) + 1 };
  });
}

/** The whole status: what is not sent again would be removed. */
function statusOf(report: StatusReport, before: RestoreStatus, now: string): RestoreStatus {
  const { phase, generation, attempt, sequence, job, report: pvc, workflow, resumedFrom, errand, started } = report;
  const startTime = before.startTime ?? (started ? now : undefined);
  const completionTime = phase === 'Done' ? (before.phase === 'Done' ? before.completionTime : now) : undefined;
  return {
    message: phaseMessage[phase],
    phase,
    observedGeneration: generation,
    conditions: merged(before, report.conditions, now),
    attempt,
    sequence,
    workflow,
    resumedFrom,
    ...(errand ? { errand } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(job === null ? {} : { job }),
    ...(pvc === null ? {} : { reportPvc: pvc }),
  };
}

function merged(before: RestoreStatus, stated: readonly StatedCondition[], now: string): RestoreStatus['conditions'] {
  const all = stated.reduce((list, condition) => setCondition(list, condition, now), before.conditions);
  return all.filter(({ type, status }) => status === 'True' || !abnormal.includes(type));
}
