// The operator tells an open workflow what it does not know, starts one where something is to be done, and lets nothing that
// is done come back to life.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attentionFor, silentPhase } from '../../../src/model/attention.ts';
import type { Execution } from '../../../src/model/attention.ts';
import type { Observation } from '../../../src/model/observation.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import { job, picture } from './pictures.ts';

const status = (changes: Partial<RestoreStatus> = {}): RestoreStatus => ({ conditions: [], ...changes });
const done = status({ phase: 'Done', job: { name: 'r-aaaaa', uid: 'job-1' } });
const closed: Execution = { open: false, completed: true, closedAt: 1_000, acknowledged: 'h' };
const open: Execution = { open: true, completed: false, closedAt: null, acknowledged: 'h' };
const guard = { status: 'True', reason: '', message: '', lastTransitionTime: '', observedGeneration: 1 } as const;
const guarded = status({ phase: 'Paused', conditions: [{ ...guard, type: 'TargetGuarded' }] });

const cases: readonly [
  string,
  { seen?: Observation; hash?: string; execution?: Execution | null; status?: RestoreStatus; deletedAt?: number },
  string,
][] = [
  ['it knows', { execution: open }, 'nothing'],
  ['it does not know yet', { execution: open, hash: 'other' }, 'signal'],
  ['it has taken nothing yet', { execution: { ...open, acknowledged: null } }, 'signal'],
  ['enabled, and no workflow was ever there', { execution: null }, 'start'],
  ['not enabled', { execution: null, seen: picture({}, { enabled: false }) }, 'nothing'],
  ['no mapping', { execution: null, seen: picture({}, { mappings: 0 }) }, 'nothing'],
  ['not valid', { execution: null, seen: picture({}, { problem: 'x' }) }, 'nothing'],
  [
    'terminated in the middle',
    { execution: { ...closed, completed: false }, status: status({ phase: 'Restoring' }) },
    'start',
  ],
  [
    'terminated while paused: it comes up paused',
    { execution: { ...closed, completed: false }, status: guarded },
    'start',
  ],
  [
    'disabled while no workflow was there, with a pod at work',
    { seen: picture({ jobs: [job()] }, { enabled: false }), status: status({ phase: 'Restoring' }) },
    'start',
  ],
  [
    'a pod at work for what is not valid any more',
    { seen: picture({ jobs: [job()] }, { problem: 'x' }), status: status({ phase: 'Restoring' }) },
    'start',
  ],
  [
    'disabled, with a Job that is over',
    { seen: picture({ jobs: [job({ phase: 'Failed' })] }, { enabled: false }), status: status({ phase: 'Restoring' }) },
    'nothing',
  ],
  [
    'disabled, with a Job that goes',
    { seen: picture({ jobs: [job({ deleting: true })] }, { enabled: false }), status: status({ phase: 'Restoring' }) },
    'nothing',
  ],
  ['done, with its Job', { execution: closed, status: done, seen: picture({ jobs: [job()] }) }, 'nothing'],
  [
    'done, expired in Temporal, with its Job',
    { execution: null, status: done, seen: picture({ jobs: [job()] }) },
    'nothing',
  ],
  [
    'done, and a person agrees that retention deletes',
    {
      execution: closed,
      status: { ...done, conditions: [{ ...guard, type: 'RetentionHeld' }] },
      seen: picture({ jobs: [job({ phase: 'Complete' })] }, { approve: 'RetentionHeld' }),
    },
    'start',
  ],
  [
    'done, and a person agrees that retention deletes, before its pod has left',
    {
      execution: closed,
      status: { ...done, conditions: [{ ...guard, type: 'RetentionHeld' }] },
      seen: picture({ jobs: [job()] }, { approve: 'RetentionHeld' }),
    },
    'nothing',
  ],
  ['done, and the Job was deleted', { execution: closed, status: done }, 'start if its Job is gone'],
  ['failed before it had a Job', { execution: closed, status: { ...done, phase: 'Failed', job: undefined } }, 'start'],
  [
    'failed, and the Job was deleted',
    { execution: closed, status: { ...done, phase: 'Failed' } },
    'start if its Job is gone',
  ],
  [
    'done and disabled, and the Job was deleted',
    { execution: closed, status: done, seen: picture({}, { enabled: false }) },
    'nothing',
  ],
  ['deleted while it runs', { execution: open, hash: 'other', deletedAt: 500 }, 'signal'],
  ['deleted before it began', { execution: null, deletedAt: 500 }, 'let go'],
  ['deleted after Done', { execution: closed, status: done, deletedAt: 2_000 }, 'let go'],
  ['deleted while paused, and the workflow is gone', { execution: null, status: guarded, deletedAt: 2_000 }, 'start'],
  ['deleted, and the workflow has ended after that', { execution: closed, status: done, deletedAt: 500 }, 'let go'],
  [
    'deleted, and the workflow has ended after that without having put anything back',
    { execution: closed, status: guarded, deletedAt: 500 },
    'give up',
  ],
  [
    'deleted, and the workflow was terminated after that',
    { execution: { ...closed, completed: false }, status: guarded, deletedAt: 500 },
    'start',
  ],
];
for (const [given, c, expected] of cases) {
  test(`${given}: ${expected}`, () => {
    const { seen = picture(), hash = 'h', execution = null, deletedAt = null } = c;
    assert.equal(attentionFor(seen, hash, execution, c.status ?? status(), deletedAt), expected);
  });
}

test('a Restore without a workflow says Draft, Ready, Invalid or Paused, and keeps its end', () => {
  assert.equal(silentPhase(picture({}, { mappings: 0, enabled: false }), status()), 'Draft');
  assert.equal(silentPhase(picture({}, { enabled: false }), status()), 'Ready');
  assert.equal(silentPhase(picture({}, { problem: 'x' }), status()), 'Invalid');
  assert.equal(silentPhase(picture({}, { enabled: false }), status({ phase: 'Restoring', startTime: 't' })), 'Paused');
  assert.equal(silentPhase(picture({}, { enabled: false }), done), null);
  assert.equal(silentPhase(picture(), status()), null);
});
