// What Temporal knows of a workflow: whether it is open, what it has taken, and whether a step of it is due.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describedWorkflow } from '../../../src/operator/described-workflow.ts';
import type { Description } from '../../../src/operator/described-workflow.ts';

const described = (
  name: Description['status']['name'],
  raw: Description['raw'] = {},
): ReturnType<typeof describedWorkflow> =>
  describedWorkflow(
    { status: { name }, taskQueue: 'of-before', memo: { acknowledged: 'h' }, raw },
    { namespace: 'prod', taskQueue: 'of-now' },
  );
const due = { namespace: 'prod', taskQueue: 'of-before', served: 'of-now' };

const cases: readonly [string, ReturnType<typeof described>, { open: boolean; due: object | null }][] = [
  ['it has nothing to do', described('RUNNING'), { open: true, due: null }],
  ['a step of it is due', described('RUNNING', { pendingWorkflowTask: { attempt: 1 } }), { open: true, due }],
  ['it is paused in Temporal', described('PAUSED'), { open: true, due }],
  ['it is closed', described('TERMINATED'), { open: false, due: null }],
];
for (const [what, { execution, ...rest }, expected] of cases) {
  test(what, () => {
    assert.deepEqual({ open: execution.open, due: rest.due }, expected);
    assert.equal(execution.acknowledged, 'h');
    assert.deepEqual([rest.progress, rest.unfetched], [null, null]);
  });
}
