import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import type { Execution } from '../model/attention.ts';
import { podProgress } from '../model/pod-progress.ts';
import type { PodProgress } from '../model/pod-progress.ts';
import type { DueStep } from '../model/silent-workflow.ts';
import { acknowledgedMemo } from '../../workflows/messages.ts';
import { unfetchedWork } from './unfetched.ts';

/** What Temporal knows of the newest execution of a Restore's workflow. */
export interface DescribedWorkflow {
  readonly execution: Execution;
  /** Out of the heartbeat of the pod; null while no pod is at work. */
  readonly progress: PodProgress | null;
  /** Work that its pod has not fetched yet, as a word that tells it from other work; null where there is none. */
  readonly unfetched: string | null;
  /** The step of it that is to be done now; null while it has nothing to do. */
  readonly due: DueStep | null;
}

export type Description = Pick<WorkflowExecutionDescription, 'closeTime' | 'memo' | 'taskQueue'> & {
  readonly status: Pick<WorkflowExecutionDescription['status'], 'name'>;
  readonly raw: Pick<WorkflowExecutionDescription['raw'], 'pendingActivities' | 'pendingWorkflowTask'>;
};

const acknowledged = z.object({ [acknowledgedMemo]: z.string().optional() });

/** @param served by this operator */
export function describedWorkflow(
  { status, closeTime, memo, taskQueue, raw }: Description,
  served: { readonly namespace: string; readonly taskQueue: string },
): DescribedWorkflow {
  // Paused in Temporal it is given no step until a person lets it go on.
  const isPaused = status.name === 'PAUSED';
  const isDue = isPaused || raw.pendingWorkflowTask != null;
  const pending = raw.pendingActivities ?? [];
  return {
    execution: {
      open: status.name === 'RUNNING' || isPaused,
      completed: status.name === 'COMPLETED',
      closedAt: closeTime?.getTime() ?? null,
      acknowledged: acknowledged.safeParse(memo).data?.[acknowledgedMemo] ?? null,
    },
    progress: newestProgress(pending),
    unfetched: unfetchedWork(pending),
    due: isDue ? { namespace: served.namespace, taskQueue, served: served.taskQueue } : null,
  };
}

function newestProgress(pending: NonNullable<Description['raw']['pendingActivities']>): PodProgress | null {
  const beats = pending.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []);
  const measured = beats
    .map((payload) => podProgress.safeParse(defaultPayloadConverter.fromPayload(payload)))
    .flatMap(({ data }) => (data === undefined ? [] : [data]))
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  return measured[0] ?? null;
}
