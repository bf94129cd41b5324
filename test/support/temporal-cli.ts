import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, ExecaError } from 'execa';
import { readStack } from '../../deploy/dev/state.ts';
import type { Restore } from '../../src/model/resources/restore.ts';

/** Time in which Temporal finds the way back to a workflow. Milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Runs `temporal workflow <command>` on the workflow of a Restore, as a person would, and returns what it prints. A person
 * tries again, too, when Temporal is too busy to take it.
 */
export async function temporalWorkflow(restore: Restore, command: string, ...args: string[]): Promise<string> {
  const { temporal } = readStack('temporal');
  const { workflow } = restore.status;
  assert.ok(workflow, `${restore.metadata.name} has no workflow`);
  const where = ['--address', temporal.address.host, '--namespace', temporal.namespace];
  const ask = ['workflow', command, '--workflow-id', workflow.id, ...args, ...where];
  const { stdout } = await patiently(/Workflow is busy/, () => execa(temporal.cli, ask));
  return stdout;
}

/**
 * Sends a signal, and again while Temporal refuses it because an execution has closed, or is about to: the operator starts
 * the next one a moment later, and a person would just try again.
 */
export async function signalNextExecution(restore: Restore, signal: string): Promise<void> {
  const between = /already completed|workflow is closing/;
  await patiently(between, () => temporalWorkflow(restore, 'signal', '--name', signal));
}

/** Tries again while what is said against it is of this kind. */
async function patiently<T>(passing: RegExp, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ExecaError && passing.test(error.message)) || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
