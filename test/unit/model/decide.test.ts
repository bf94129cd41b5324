// What a Restore does next follows from what is known, case by case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../../src/model/decide.ts';
import type { Situation, Step } from '../../../src/model/decide.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { job, picture, situation, state, work } from './pictures.ts';

const ours = { job: { name: 'r-aaaaa', uid: 'job-1' } };
const oom = { reason: 'OutOfMemory', message: 'm', disruption: false, outOfMemory: true };
const killed = { reason: 'PodKilled', message: 'm', disruption: false, outOfMemory: false };
const failed = job({ phase: 'Failed' }, { running: false, loss: killed });
const outlived = job({}, { running: false, loss: killed });
const unstartable = job({ reportGone: true }, { running: false });
const unopened = work({ step: 'Opening', podUid: null });
const hindered = (reason: string): ReturnType<typeof job> =>
  job({}, { running: false, hindered: { reason, message: 'm' } });

const failedBy = (reason: string, message: string): ReturnType<typeof work> =>
  work({ result: { end: 'Failed', trouble: { reason, message } } });
const silent = { hindered: { reason: 'PodSilent', message: 'm' } };

const refusedAt = (at: number, times = 1): NonNullable<Situation['refused']> => ({
  ...{ reason: 'PodLeaving', message: 'm' },
  ...{ at, times },
});

interface Case {
  readonly given: string;
  readonly state?: Partial<RestoreState>;
  readonly situation?: Partial<Situation>;
  readonly then: Partial<Step> & { readonly phase?: string; readonly as?: string };
}

const cases: readonly Case[] = [
  // Without a Job.
  { given: 'nothing was seen yet', situation: { seen: null }, then: { do: 'wait', phase: 'Initializing' } },
  { given: 'all is ready', then: { do: 'create', phase: 'Initializing' } },
  { given: 'no mapping', situation: { seen: picture({}, { mappings: 0 }) }, then: { do: 'wait', phase: 'Draft' } },
  { given: 'not enabled', situation: { seen: picture({}, { enabled: false }) }, then: { do: 'wait', phase: 'Ready' } },
  {
    given: 'disabled after the first attempt',
    state: { attempt: 2 },
    situation: { seen: picture({}, { enabled: false }) },
    then: { do: 'wait', phase: 'Paused' },
  },
  {
    given: 'disabled, and a Job is there that nothing has on record',
    situation: { seen: picture({ jobs: [job()] }, { enabled: false }) },
    then: { do: 'take', job: ours.job },
  },
  {
    given: 'the report is being deleted, and a Job is there that nothing has on record',
    situation: {
      seen: picture({ jobs: [job()], report: { name: 'p', uid: 'c', deleting: true } }),
    },
    then: { do: 'take', job: ours.job },
  },
  {
    given: 'disabled, and the Job of the last attempt is still seen',
    state: { attempt: 2, released: ours.job.uid },
    situation: { seen: picture({ jobs: [job()] }, { enabled: false }) },
    then: { do: 'wait', phase: 'Paused' },
  },
  {
    given: 'disabled, and a Job is there, in an execution from before such were taken',
    situation: { seen: picture({ jobs: [job()] }, { enabled: false }), takesIdleJobs: false },
    then: { do: 'wait', phase: 'Ready' },
  },
  {
    given: 'paused by a signal after the first attempt',
    state: { attempt: 2, paused: 'PausedBySignal' },
    then: { do: 'wait', phase: 'Paused' },
  },
  {
    given: 'something that it names is missing',
    situation: { seen: picture({}, { problem: 'there is no Storage x' }) },
    then: { do: 'wait', phase: 'Invalid', why: { reason: 'InvalidConfiguration', message: 'there is no Storage x' } },
  },
  {
    given: 'no report yet',
    situation: { seen: picture({ report: null }) },
    then: { do: 'wait', phase: 'Initializing' },
  },
  {
    given: 'the report is being deleted',
    situation: { seen: picture({ report: { name: 'p', uid: 'c', deleting: true } }) },
    then: { do: 'wait', phase: 'Waiting' },
  },
  {
    given: 'the old pod is still leaving',
    situation: { seen: picture({ leftovers: ['pod-0'] }) },
    then: { do: 'wait', until: 1_035_000 },
  },
  {
    given: 'the old pod does not leave',
    situation: { seen: picture({ leftovers: ['pod-0'] }), now: 1_035_000 },
    then: { do: 'create' },
  },
  {
    given: 'the last attempt was lost a moment ago',
    state: { notBefore: 1_002_000, trouble: killed },
    then: { do: 'wait', phase: 'Waiting', until: 1_002_000, why: killed },
  },
  {
    given: 'the API server has just refused the Job',
    situation: { refused: refusedAt(999_000) },
    then: { do: 'wait', phase: 'Waiting', until: 1_004_000 },
  },
  {
    given: 'the API server has refused the Job three times in a row',
    situation: { refused: refusedAt(999_000, 3) },
    then: { do: 'wait', until: 1_019_000 },
  },
  {
    given: 'the API server refuses the Job all day',
    situation: { refused: refusedAt(999_000, 1_000) },
    then: { do: 'wait', until: 1_059_000 },
  },
  {
    given: 'the API server does not take what the Restore says',
    situation: { refused: { ...refusedAt(999_000), reason: 'InvalidConfiguration' } },
    then: { do: 'wait', phase: 'Invalid' },
  },
  {
    given: 'the API server has refused the Job some time ago',
    situation: { refused: refusedAt(900_000) },
    then: { do: 'create', phase: 'Waiting', why: refusedAt(900_000) },
  },
  { given: 'the history is long', situation: { historyIsLong: true }, then: { do: 'hand over' } },
  {
    given: 'the history has become long while it is paused',
    state: { attempt: 2, paused: 'PausedBySignal' },
    situation: { historyIsLong: true },
    then: { do: 'hand over' },
  },
  {
    given: 'the history has become long while a pod is at work: that is handed over when it can be',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }), work: work(), historyIsLong: true },
    then: { do: 'run' },
  },
  { given: 'this execution had its attempt', situation: { served: true }, then: { do: 'hand over' } },
  { given: 'cancelled', situation: { cancelled: true, served: true }, then: { do: 'end', as: 'Cancelled' } },
  {
    given: 'deleted with nothing to put back',
    situation: { seen: picture({}, { deleting: true }) },
    then: { do: 'end', as: 'Deleted' },
  },
  {
    given: 'deleted with something to put back: only a pod can',
    state: { guarded: true },
    situation: { seen: picture({}, { deleting: true, enabled: false }) },
    then: { do: 'create' },
  },

  // With a Job.
  {
    given: 'the pod works',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }), work: work() },
    then: { do: 'run', phase: 'Restoring' },
  },
  {
    given: 'the Job is new',
    state: ours,
    situation: { seen: picture({ jobs: [job({ pod: null })] }) },
    then: { do: 'run', phase: 'Initializing' },
  },
  {
    given: 'the image cannot be pulled',
    state: ours,
    situation: { seen: picture({ jobs: [hindered('ImageUnavailable')] }) },
    then: { do: 'run', phase: 'Waiting', why: { reason: 'ImageUnavailable', message: 'm' } },
  },
  {
    given: 'a Secret is missing',
    state: ours,
    situation: { seen: picture({ jobs: [hindered('SecretMissing')] }) },
    then: { do: 'run', phase: 'Invalid' },
  },
  {
    given: 'the Job makes no pod',
    state: ours,
    situation: { seen: picture({ jobs: [job({ pod: null, hindered: { reason: 'PodHindered', message: 'm' } })] }) },
    then: { do: 'run', phase: 'Waiting', why: { reason: 'PodHindered', message: 'm' } },
  },
  {
    given: 'the Job is suspended, whatever its pod waited for when it was taken away',
    state: ours,
    situation: {
      seen: picture({ jobs: [job({ pod: null, hindered: { reason: 'JobSuspended', message: 'm' } })] }),
      work: work({ waiting: { reason: 'KafkaUnreachable', message: 'm' } }),
    },
    then: { do: 'run', phase: 'Waiting', why: { reason: 'JobSuspended', message: 'm' } },
  },
  {
    given: 'the pod runs, and does not fetch its first work',
    state: ours,
    situation: { seen: picture({ jobs: [job(silent)] }), work: unopened, saysSilence: false },
    then: { do: 'run', phase: 'Waiting', why: silent.hindered },
  },
  {
    given: 'the pod does not fetch its work any more, whatever it waited for before',
    state: ours,
    situation: {
      seen: picture({ jobs: [job(silent)] }),
      work: work({ waiting: { reason: 'KafkaUnreachable', message: 'm' } }),
    },
    then: { do: 'run', phase: 'Waiting', why: silent.hindered },
  },
  {
    given: 'the pod does not fetch its work any more, in an execution from before that was said',
    state: ours,
    situation: { seen: picture({ jobs: [job(silent)] }), work: work(), saysSilence: false },
    then: { do: 'run', phase: 'Restoring', why: null },
  },
  {
    given: 'the pod does not fetch its work any more, and the EventHub is another one than the order was made from',
    state: ours,
    situation: { seen: picture({ jobs: [job({ ...silent, outdated: true })] }), work: work() },
    then: { do: 'stop', as: 'Paused' },
  },
  {
    given: 'Kafka is away',
    state: ours,
    situation: {
      seen: picture({ jobs: [job()] }),
      work: work({ waiting: { reason: 'KafkaUnreachable', message: 'm' } }),
    },
    then: { do: 'run', phase: 'Waiting', why: { reason: 'KafkaUnreachable', message: 'm' } },
  },
  {
    given: 'Kafka is away, and the EventHub is another one than the order was made from',
    state: ours,
    situation: {
      seen: picture({ jobs: [job({ outdated: true })] }),
      work: work({ waiting: { reason: 'KafkaUnreachable', message: 'm' } }),
    },
    then: { do: 'stop', as: 'Paused' },
  },
  {
    given: 'the pod does not start, and the Credentials are others than the order was made from',
    state: ours,
    situation: { seen: picture({ jobs: [{ ...hindered('SecretMissing'), outdated: true }] }) },
    then: { do: 'stop', as: 'Paused' },
  },
  {
    given: 'the EventHub is another one than the order was made from, and the pod waits for nothing',
    state: ours,
    situation: { seen: picture({ jobs: [job({ outdated: true })] }), work: work() },
    then: { do: 'run', phase: 'Restoring' },
  },
  {
    given: 'the Job is not in the picture',
    state: ours,
    situation: { work: work() },
    then: { do: 'look' },
  },
  {
    given: 'the Job is not in the picture, but in the API server',
    state: ours,
    situation: { work: work(), looked: { uid: 'job-1', found: job() } },
    then: { do: 'run', until: 1_015_000 },
  },
  {
    given: 'the Job is gone for sure',
    state: ours,
    situation: { work: work(), looked: { uid: 'job-1', found: null } },
    then: { do: 'release' },
  },
  {
    given: 'the Job before this one is gone for sure',
    state: ours,
    situation: { work: work(), looked: { uid: 'job-0', found: null } },
    then: { do: 'look' },
  },
  {
    given: 'the Job seems to have failed',
    state: ours,
    situation: { seen: picture({ jobs: [failed] }), work: work() },
    then: { do: 'look' },
  },
  {
    given: 'the Job has failed for sure',
    state: ours,
    situation: { seen: picture({ jobs: [failed] }), work: work(), looked: { uid: 'job-1', found: failed } },
    then: { do: 'release', loss: killed },
  },
  {
    given: 'the Job is complete, but nobody has heard of a proof',
    state: ours,
    situation: { seen: picture(), work: work(), looked: { uid: 'job-1', found: job({ phase: 'Complete' }) } },
    then: { do: 'release' },
  },
  {
    given: 'the container of the Job that was taken has ended, and what is beside it goes on: it seems',
    state: { ...ours, errand: true },
    situation: { seen: picture({ jobs: [outlived] }) },
    then: { do: 'look' },
  },
  {
    given: 'the container of the Job that was taken has ended, and what is beside it goes on: for sure',
    state: { ...ours, errand: true },
    situation: { seen: picture({ jobs: [outlived] }), looked: { uid: 'job-1', found: outlived } },
    then: { do: 'release', loss: killed },
  },
  {
    given: 'the claim of its report is gone, and the pod has not started: it seems',
    state: ours,
    situation: { seen: picture({ jobs: [unstartable], report: null }), work: unopened },
    then: { do: 'look' },
  },
  {
    given: 'the claim of its report is gone, and the pod has not started: for sure',
    state: ours,
    situation: {
      seen: picture({ jobs: [unstartable], report: null }),
      work: unopened,
      looked: { uid: 'job-1', found: unstartable },
    },
    then: {
      do: 'release',
      loss: {
        reason: 'ReportMissing',
        message: 'The volume claim of the report was deleted before the pod had started.',
        disruption: true,
        outOfMemory: false,
      },
    },
  },
  {
    given: 'the claim of its report is gone in the picture, but not in the API server',
    state: ours,
    situation: {
      seen: picture({ jobs: [unstartable] }),
      work: unopened,
      looked: { uid: 'job-1', found: { ...unstartable, reportGone: false } },
    },
    then: { do: 'run', until: 1_015_000 },
  },
  {
    given: 'the claim of its report is gone, and the Job has no pod',
    state: ours,
    situation: { seen: picture({ jobs: [{ ...unstartable, pod: null }], report: null }), work: unopened },
    then: { do: 'look' },
  },
  {
    given: 'the claim of its report is gone, by force: the pod that has it goes on',
    state: ours,
    situation: { seen: picture({ jobs: [job({ reportGone: true })], report: null }), work: unopened },
    then: { do: 'run' },
  },
  {
    given: 'the claim of its report is gone, by force: the pod that has opened it goes on',
    state: ours,
    situation: { seen: picture({ jobs: [unstartable], report: null }), work: work() },
    then: { do: 'run' },
  },
  {
    given: 'another pod than the one that opened the report',
    state: ours,
    situation: { work: work(), looked: { uid: 'job-1', found: job({}, { uid: 'pod-2' }) } },
    then: { do: 'release' },
  },
  {
    given: 'the report is being deleted: that alone stops nothing',
    state: ours,
    situation: {
      seen: picture({ jobs: [job()], report: { name: 'p', uid: 'c', deleting: true } }),
      work: work(),
    },
    then: { do: 'run', phase: 'Restoring' },
  },
  {
    given: 'the pod has closed its report, and is gone before it is known how',
    state: ours,
    situation: { seen: picture({ jobs: [job({ phase: 'Complete' })] }), work: work({ settled: true }) },
    then: { do: 'run', phase: 'Restoring' },
  },
  {
    given: 'the pod has closed its report, and the Restore is deleted before it is known how',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }, { deleting: true }), work: work({ settled: true }) },
    then: { do: 'run', phase: 'Restoring' },
  },
  {
    given: 'disabled while it runs',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }, { enabled: false }), work: work() },
    then: { do: 'stop', as: 'Paused' },
  },
  {
    given: 'paused while it runs',
    state: { ...ours, paused: 'PausedBySignal' },
    situation: { seen: picture({ jobs: [job()] }), work: work() },
    then: { do: 'stop', as: 'Paused' },
  },
  {
    given: 'deleted while it runs',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }, { deleting: true }), work: work() },
    then: { do: 'stop', as: 'Deleted' },
  },
  {
    given: 'the pod has proved it',
    state: ours,
    situation: { seen: picture(), work: work({ result: { end: 'Done' } }) },
    then: { do: 'end', as: 'Done' },
  },
  {
    given: 'the pod has stopped',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }), work: work({ result: { end: 'Stopped' } }) },
    then: { do: 'release', loss: null },
  },
  {
    given: 'somebody else has taken over',
    state: ours,
    situation: {
      seen: picture({ jobs: [job()] }),
      work: work({ result: { end: 'Lost', trouble: { reason: 'Fenced', message: 'm' } } }),
    },
    then: { do: 'release', loss: { reason: 'Fenced', message: 'm', disruption: false, outOfMemory: false } },
  },
  {
    given: 'the history is long',
    state: ours,
    situation: { seen: picture({ jobs: [job()] }), work: work({ result: { end: 'HandedOver' } }) },
    then: { do: 'hand over' },
  },
  {
    given: 'out of memory for the second time',
    state: { ...ours, outOfMemory: 1 },
    situation: { work: work(), looked: { uid: 'job-1', found: job({ phase: 'Failed' }, { loss: oom }) } },
    then: { do: 'release', loss: oom },
  },
  {
    given: 'out of memory for the third time: the Job stays, for a person to delete',
    state: { ...ours, outOfMemory: 2 },
    situation: { work: work(), looked: { uid: 'job-1', found: job({ phase: 'Failed' }, { loss: oom }) } },
    then: { do: 'end', as: 'Failed' },
  },
  {
    given: 'the work has failed: how it goes on is said',
    state: ours,
    situation: { work: failedBy('TargetNotEmpty', 'It is not.') },
    then: {
      do: 'end',
      trouble: {
        reason: 'TargetNotEmpty',
        message: 'It is not. Once that is mended, delete the Job: kubectl -n ns delete job r-aaaaa',
      },
    },
  },
  {
    given: 'the work has failed by what is in the report: how a start from zero is made is said',
    state: ours,
    situation: { work: failedBy('LedgerHole', 'Start from zero.') },
    then: {
      do: 'end',
      trouble: {
        reason: 'LedgerHole',
        message:
          'Start from zero. For that, delete the volume claim of the report, then the Job: kubectl -n ns delete pvc --wait=false r-report-abcde && kubectl -n ns delete job r-aaaaa',
      },
    },
  },
  {
    given: 'the work has failed by what is in the report, and its claim is gone already',
    state: ours,
    situation: { seen: picture({ report: null }), work: failedBy('LedgerHole', 'Start from zero.') },
    then: {
      do: 'end',
      trouble: {
        reason: 'LedgerHole',
        message: 'Start from zero. Once that is mended, delete the Job: kubectl -n ns delete job r-aaaaa',
      },
    },
  },
  {
    given: 'the work has failed by what may be mended, or not: both ways are said',
    state: ours,
    situation: { work: failedBy('ReportDamaged', 'It cannot be read.') },
    then: {
      do: 'end',
      trouble: {
        reason: 'ReportDamaged',
        message:
          'It cannot be read. Once that is mended, delete the Job: kubectl -n ns delete job r-aaaaa (to start from zero instead, before that: kubectl -n ns delete pvc --wait=false r-report-abcde)',
      },
    },
  },
  {
    given: 'the work has failed, by an order that is another one than would be made now',
    state: ours,
    situation: {
      seen: picture({ jobs: [job({ outdated: true })] }),
      work: work({ result: { end: 'Failed', trouble: { reason: 'TopicNotInArchive', message: 'There is no x.' } } }),
    },
    then: {
      do: 'release',
      loss: {
        reason: 'OrderOutdated',
        message: 'What the Job was made from was changed since; it had failed with TopicNotInArchive: There is no x.',
        disruption: false,
        outOfMemory: false,
      },
    },
  },
  {
    given: 'the work has failed, and the order of another Job is outdated',
    state: ours,
    situation: {
      seen: picture({ jobs: [job(), job({ uid: 'job-2', outdated: true })] }),
      work: work({ result: { end: 'Failed', trouble: { reason: 'TopicNotInArchive', message: 'There is no x.' } } }),
    },
    then: { do: 'end', as: 'Failed' },
  },
];

for (const { given, then, ...c } of cases) {
  test(`${given}: ${then.do ?? ''}`, () => {
    const step = decide(state(c.state), situation(c.situation));
    assert.deepEqual({ ...step, ...then }, step);
  });
}
