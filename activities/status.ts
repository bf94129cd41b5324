import { applyStatus } from '../src/kube/apply.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { KubeConflict } from '../src/kube/errors.ts';
import { kinds } from '../src/kube/objects.ts';
import { conditionTypes, setCondition } from '../src/model/conditions.ts';
import type { StatedCondition } from '../src/model/conditions.ts';
import { phaseMessage } from '../src/model/phase.ts';
import type { Phase } from '../src/model/phase.ts';
import type { RestoreStatus } from '../src/model/resources/restore-status.ts';
import { parseRestore } from '../src/model/resources/restore.ts';
import type { Restore } from '../src/model/resources/restore.ts';
import type { RestoreRef } from '../src/model/state.ts';
import type { StatusReport } from '../src/model/status-report.ts';
import type { Published } from './contract.ts';

/** Owner of all of a Restore's status but the progress. */
const fieldManager = 'workflow';

/** Conditions that are only there while they hold: their absence is the normal case. */
const abnormal: readonly string[] = [
  conditionTypes.Paused,
  conditionTypes.PvcTerminating,
  conditionTypes.ForeignRecords,
  conditionTypes.TargetGuarded,
  conditionTypes.Held,
  conditionTypes.ApprovalIgnored,
  conditionTypes.RetentionHeld,
];

/** Writes what the workflow states, unless a newer statement stands there: then where that one is. */
export async function publishStatus(kube: KubeClient, report: StatusReport): Promise<Published> {
  let published: Published = 'written';
  await changeStatus(kube, report.restore, ({ status }) => {
    const attempt = status.attempt ?? 0;
    const sequence = status.sequence ?? 0;
    const isNewer = attempt > report.attempt || (attempt === report.attempt && sequence > report.sequence);
    published = isNewer ? { newer: { attempt, sequence } } : 'written';
    return isNewer ? null : statusOf(report, status, new Date().toISOString());
  });
  return published;
}

/**
 * States another phase where there is no workflow that could: before the first one, after one that was stopped for good,
 * and while Temporal is away. Everything else stays; the workflow's next statement goes over it.
 */
export async function restate(
  kube: KubeClient,
  ref: RestoreRef,
  phase: Phase,
  conditions: readonly StatedCondition[],
): Promise<void> {
  await changeStatus(kube, ref, ({ status, metadata }) => {
    const own: RestoreStatus = { ...status };
    delete own.progress;
    return {
      ...own,
      phase,
      message: phaseMessage[phase],
      observedGeneration: metadata.generation,
      sequence: (status.sequence ?? 0) + 1,
      conditions: merged(status, conditions, new Date().toISOString()),
    };
  });
}

/** Decides on the status as it stands and writes over that very version; null leaves it. */
async function changeStatus(
  kube: KubeClient,
  ref: RestoreRef,
  change: (restore: Restore) => RestoreStatus | null,
): Promise<void> {
  for (;;) {
    const object = await kube.get(kinds.Restore, ref);
    if (object === null) return;
    const status = change(parseRestore(object));
    if (status === null) return;
    try {
      const { resourceVersion } = object.metadata;
      await applyStatus(kube, kinds.Restore, { ...ref }, status, { fieldManager, resourceVersion });
      return;
    } catch (error) {
      // Somebody wrote in between: decide again on what stands there now.
      if (!(error instanceof KubeConflict)) throw error;
    }
  }
}

/** The whole status: what is not sent again would be removed. */
function statusOf(report: StatusReport, before: RestoreStatus, now: string): RestoreStatus {
  const { phase, generation, attempt, sequence, job, report: pvc, workflow, resumedFrom } = report;
  const startTime = before.startTime ?? (job === null ? undefined : now);
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
