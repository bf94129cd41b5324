import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { readStack } from '../../deploy/dev/state.ts';
import type { Restore } from '../../src/model/resources/restore.ts';

/** Time until the execution has seen that its Job is gone. Milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Waits until the execution that the Restore's status names has closed and left the rest to the next one. That is over within
 * a second or two, so it is not asked by the CLI.
 */
export async function untilContinuedAsNew({ metadata: { name }, status: { workflow } }: Restore): Promise<void> {
  assert.ok(workflow, `${name} has no workflow`);
  const { temporal } = readStack('temporal');
  const connection = await Connection.connect({ address: temporal.address.host });
  try {
    const client = new Client({ connection, namespace: temporal.namespace });
    const execution = client.workflow.getHandle(workflow.id, workflow.runId);
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const { status } = await execution.describe();
      if (status.name === 'CONTINUED_AS_NEW') return;
      assert.equal(status.name, 'RUNNING');
      assert.ok(Date.now() < deadline, `the workflow of ${name} does not continue as new`);
      await sleep(20);
    }
  } finally {
    await connection.close();
  }
}
