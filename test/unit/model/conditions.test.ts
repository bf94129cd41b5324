// A condition says since when it is so: its time moves with its status and with nothing else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCondition, setCondition } from '../../../src/model/conditions.ts';
import type { StatedCondition } from '../../../src/model/conditions.ts';
import type { Condition } from '../../../src/model/resources/common.ts';

const [monday, tuesday] = ['2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z'];

function stated(change: Partial<StatedCondition> = {}): StatedCondition {
  return { type: 'Proven', status: 'False', reason: 'Pending', message: 'not yet', observedGeneration: 1, ...change };
}
const other: Condition = { ...stated({ type: 'ReportAvailable' }), lastTransitionTime: monday };
const before: Condition = { ...stated(), lastTransitionTime: monday };

describe('setCondition', () => {
  const cases: [what: string, list: Condition[], set: StatedCondition, result: Condition[]][] = [
    ['appends a new one', [other], stated(), [other, { ...stated(), lastTransitionTime: tuesday }]],
    [
      'moves the time with the status, in its place',
      [before, other],
      stated({ status: 'True' }),
      [{ ...stated({ status: 'True' }), lastTransitionTime: tuesday }, other],
    ],
    [
      'keeps the time when only reason, message and generation change',
      [before],
      stated({ reason: 'Reading', message: 'half', observedGeneration: 2 }),
      [{ ...stated({ reason: 'Reading', message: 'half', observedGeneration: 2 }), lastTransitionTime: monday }],
    ],
  ];
  for (const [what, list, set, result] of cases) {
    it(what, () => {
      const copy = structuredClone(list);
      assert.deepEqual(setCondition(list, set, tuesday), result);
      assert.deepEqual(list, copy, 'the list given is left alone');
    });
  }

  it('makes what findCondition finds', () => {
    assert.equal(findCondition([other], 'Proven'), undefined);
    assert.deepEqual(findCondition([other, before], 'Proven'), before);
  });
});
