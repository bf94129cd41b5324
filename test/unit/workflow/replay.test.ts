// Executions that were under way before this version go on with it: every recorded history replays without a difference.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { workflowsPath } from '../../../src/operator/workflow-source.ts';

const folder = join(import.meta.dirname, '../histories');
const histories = (await readdir(folder)).filter((file) => file.endsWith('.binpb'));

let workflowBundle: WorkflowBundle;
before(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  workflowBundle = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger });
});

test('there are histories', () => assert.ok(histories.length >= 10));

for (const file of histories) {
  test(file, async () => {
    const history = proto.temporal.api.history.v1.History.decode(await readFile(join(folder, file)));
    await Worker.runReplayHistory({ workflowBundle }, history);
  });
}
