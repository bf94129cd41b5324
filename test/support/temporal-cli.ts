import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, ExecaError } from 'execa';
import { readStack } from '../../deploy/dev/state.ts';
import type { Restore } from '../../src/model/resources/restore.ts';

/** Runs `temporal workflow <command>` on the workflow of a Restore, as a person would, and returns what it prints. */
export async function temporalWorkflow(restore: Restore, command: string, ...args: string[]): Promise<string> {
  const { temporal } = readStack('temporal');
  const { workflow } = restore.status;
  assert.ok(workflow, `${restore.metadata.name} has no workflow`);
  const where = ['--address', temporal.address.host, '--namespace', temporal.namespace];
  const { stdout } = await execa(temporal.cli, [
    ...['workflow', command, '--workflow-id', workflow.id, ...args],
    ...where,
  ]);
  return stdout;
}

/**
 * Sends a signal, and again while Temporal refuses it because an execution has closed, or is about to: the operator starts
 * the next one a moment later, and a person would just try again.
 */
export async function signalNextExecution(restore: Restore, signal: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await temporalWorkflow(restore, 'signal', '--name', signal);
      return;
    } catch (error) {
      const between = error instanceof ExecaError && /already completed|workflow is closing/.test(error.message);
      if (!between || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
