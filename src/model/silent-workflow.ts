import { claimLabel } from './claim.ts';
import { workflowIdOf } from './state.ts';
import type { RestoreRef, Trouble } from './state.ts';

/** An execution that is open has taken what it was told by then. Milliseconds. */
export const hearsWithinMs = 60_000;

/** A step of an execution that is due and not done. */
export interface DueStep {
  /** Temporal's. */
  readonly namespace: string;
  /** It ends with the namespace of its operator, in which the claims are. */
  readonly taskQueue: string;
  /** The queue that this operator serves. */
  readonly served: string;
}

/** What a person is told of an execution that takes nothing. Another one begins where none is open. */
export function silentWorkflow(restore: RestoreRef, { namespace, taskQueue, served }: DueStep): Trouble {
  const id = workflowIdOf(restore);
  const why =
    taskQueue === served
      ? 'its steps fail, as the log of the operator and the Temporal Web UI say, or it is paused there'
      : `its task queue is ${taskQueue}, and this operator serves ${served}. First move the claims to this operator: the ConfigMaps with the label ${claimLabel}=true in the namespace of the former one, with which ${taskQueue} ends`;
  const command = `temporal workflow terminate --namespace ${namespace} --workflow-id ${id}`;
  const message = `Workflow ${id} has taken nothing that it was told for ${hearsWithinMs / 1000} s: ${why}. If it cannot go on, end it, and another execution goes on from the report: ${command}`;
  return { reason: 'WorkflowSilent', message };
}
