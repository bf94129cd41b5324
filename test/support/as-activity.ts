import { Context, asyncLocalStorage } from '@temporalio/activity';
import { workflowIdOf, type RestoreRef } from '../../src/model/state.ts';

/** Does the work as an activity that the workflow of this Restore has asked for. */
export function asActivityOf<T>(restore: RestoreRef, work: () => Promise<T>): Promise<T> {
  const info = { workflowExecution: { workflowId: workflowIdOf(restore), runId: 'run' } };
  const context: unknown = Object.create(Context.prototype, { info: { value: info } });
  if (!(context instanceof Context)) throw new TypeError('no context');
  return asyncLocalStorage.run(context, work);
}
