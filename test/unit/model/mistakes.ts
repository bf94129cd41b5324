import { decide } from '../../../src/model/decide.ts';
import type { Situation } from '../../../src/model/decide.ts';
import type { JobFacts } from '../../../src/model/observation.ts';

const gone = { reason: 'JobDeleted', message: '', disruption: true, outOfMemory: false };

/** What is known, had every Job these facts. */
function changedJobs(situation: Situation, changes: Partial<JobFacts>): Situation {
  const { seen, looked } = situation;
  return {
    ...situation,
    seen: seen && { ...seen, jobs: seen.jobs.map((job) => ({ ...job, ...changes })) },
    looked: looked && { ...looked, found: looked.found && { ...looked.found, ...changes } },
  };
}

/** Deciders that do one thing wrong; whatever looks for broken promises must find every one of them. */
export const mistakes: Readonly<Record<string, typeof decide>> = {
  'believing that a Job is gone because it is not in an observation': (state, situation) => {
    const step = decide(state, situation);
    return step.do === 'look' ? { do: 'release', loss: gone } : step;
  },
  'going on although it is paused': (state, situation) => decide({ ...state, paused: null }, situation),
  'taking any end of the work for its success': (state, situation) => {
    const step = decide(state, situation);
    return step.do === 'release' && situation.work?.result != null ? { do: 'end', as: 'Done' } : step;
  },
  'a second attempt in the same execution': (state, situation) => decide(state, { ...situation, served: false }),
  'looking at a pod that has said how it ended': (state, situation) => {
    const { work } = situation;
    return decide(state, { ...situation, work: work && { ...work, settled: false } });
  },
  'deleted without putting the topics back': (state, situation) => decide({ ...state, guarded: false }, situation),
  'taking the second pod of a Job for the first': (state, situation) => {
    const { work } = situation;
    return decide(state, { ...situation, work: work && { ...work, podUid: null } });
  },
  'taking whatever Job is seen for its own': (state, situation) => {
    const { seen } = situation;
    const { uid } = state.job ?? { uid: '' };
    return decide(state, { ...situation, seen: seen && { ...seen, jobs: seen.jobs.map((job) => ({ ...job, uid })) } });
  },
  'taking a look at another Job for one at its own': (state, situation) => {
    const { looked } = situation;
    return decide(state, { ...situation, looked: looked && { ...looked, uid: state.job?.uid ?? '' } });
  },
  'waiting for a pod that never leaves': (state, situation) =>
    decide(state, { ...situation, startedAt: situation.now }),
  'letting a pod go on although it is disabled': (state, situation) => {
    const step = decide(state, situation);
    return step.do === 'stop' && step.as === 'Paused' ? { do: 'wait', phase: 'Paused', why: null } : step;
  },
  'waiting for a pod whose claim is gone': (state, situation) =>
    decide(state, changedJobs(situation, { reportGone: false })),
  'waiting for what only an older order names': (state, situation) =>
    decide(state, situation.work?.result == null ? changedJobs(situation, { outdated: false }) : situation),
  'failing by an older order': (state, situation) =>
    decide(state, situation.work?.result == null ? situation : changedJobs(situation, { outdated: false })),
  'asking at once again for a Job that was refused': (state, situation) =>
    decide(state, { ...situation, refused: null }),
};
