// A workflow that takes nothing of what it is told is named, with why that may be and the command that ends it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentWorkflow } from '../../../src/model/silent-workflow.ts';
import { isOverwritten } from '../../../src/model/status-order.ts';

const restore = { namespace: 'ns', name: 'orders', uid: 'abc' };
const due = { namespace: 'prod', taskQueue: 'rekindle-1', served: 'rekindle-1' };

const cases: readonly [string, string, RegExp][] = [
  ['its steps fail', 'rekindle-1', /its steps fail/],
  [
    'nobody does its steps: another execution knows its topics by the claims, which are where its operator was',
    'rekindle-0',
    /its task queue is rekindle-0, and this operator serves rekindle-1\. First move the claims .* rekindle\.dev\/claim=true .* end it/,
  ],
];
for (const [what, taskQueue, why] of cases) {
  test(what, () => {
    const { reason, message } = silentWorkflow(restore, { ...due, taskQueue });
    assert.equal(reason, 'WorkflowSilent');
    assert.match(message, why);
    if (taskQueue === due.served) assert.doesNotMatch(message, /claims/);
    assert.match(message, /: temporal workflow terminate --namespace prod --workflow-id restore\/ns\/orders\/abc$/);
  });
}

for (const [reason, expected] of [
  ['WorkflowSilent', true],
  ['TemporalUnreachable', true],
  ['TemporalRefused', true],
  ['PodSilent', false],
  ['KafkaUnreachable', false],
] as const) {
  test(`the operator ${expected ? 'has' : 'has not'} written over a status that says ${reason}`, () => {
    const condition = { type: 'Progressing', status: 'False', message: '', observedGeneration: 1 } as const;
    const conditions = [{ ...condition, reason, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    assert.equal(isOverwritten({ conditions }), expected);
  });
}
