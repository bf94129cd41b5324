// Executions that were under way before this version go on with it: every recorded history replays without a difference.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { workflowsPath } from '../../../src/operator/workflow-source.ts';

const folder = join(import.meta.dirname, '../histories');
const histories = (await readdir(folder)).filter((file) => file.endsWith('.binpb'));

/** What went wrong with each; nothing where it replays. */
const replayed = new Map<string, Error | undefined>();
before(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger });
  // One worker for all: half of a short replay is the start of its worker.
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, recorded())) {
    replayed.set(workflowId, error);
  }
});

async function* recorded(): AsyncGenerator<{ workflowId: string; history: proto.temporal.api.history.v1.History }> {
  for (const file of histories) {
    const history = proto.temporal.api.history.v1.History.decode(await readFile(join(folder, file)));
    yield { workflowId: file, history };
  }
}

test('there are histories', () => assert.ok(histories.length >= 10));

for (const file of histories) {
  test(file, () => {
    assert.ok(replayed.has(file), 'it was not replayed');
    assert.ifError(replayed.get(file));
  });
}
