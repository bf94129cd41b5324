import { patched, workflowInfo } from '@temporalio/workflow';

/**
 * Whether the history of this execution has become so long that another one should go on. Executions that began before this
 * was asked wherever they wait ask it between chunks only.
 */
export function isHistoryLong(): boolean {
  return workflowInfo().continueAsNewSuggested && patched('handed-over-while-waiting');
}
