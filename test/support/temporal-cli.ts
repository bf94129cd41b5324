import assert from 'node:assert/strict';
import { execa } from 'execa';
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
