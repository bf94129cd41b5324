import type { Situation, Work } from '../../../src/model/decide.ts';
import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { initialState } from '../../../src/model/state.ts';
import type { RestoreState } from '../../../src/model/state.ts';

/** A Restore that may run, with its report and nothing else. */
export function picture(
  changes: Partial<Observation> = {},
  restore: Partial<Observation['restore']> = {},
): Observation {
  return {
    restore: { generation: 1, enabled: true, deleting: false, mappings: 1, problem: null, approve: null, ...restore },
    hold: null,
    report: { name: 'r-report-abcde', uid: 'claim-1', deleting: false },
    jobs: [],
    leftovers: [],
    overwritten: false,
    ...changes,
  };
}

/** A Job whose pod runs. */
export function job(changes: Partial<JobFacts> = {}, pod: Partial<NonNullable<JobFacts['pod']>> = {}): JobFacts {
  return {
    name: 'r-aaaaa',
    uid: 'job-1',
    attempt: 1,
    reportGone: false,
    phase: 'Active',
    deleting: false,
    outdated: false,
    hindered: null,
    pod: { uid: 'pod-1', running: true, imageId: null, hindered: null, loss: null, ...pod },
    ...changes,
  };
}

export function state(changes: Partial<RestoreState> = {}): RestoreState {
  return { ...initialState({ namespace: 'ns', name: 'r', uid: 'u' }, { conditions: [] }), ...changes };
}

export function situation(changes: Partial<Situation> = {}): Situation {
  return {
    seen: picture(),
    looked: null,
    work: null,
    served: false,
    historyIsLong: false,
    takesIdleJobs: true,
    saysSilence: true,
    cancelled: false,
    refused: null,
    startedAt: 1_000_000,
    now: 1_000_000,
    ...changes,
  };
}

export function work(changes: Partial<Work> = {}): Work {
  return { step: 'Restoring', podUid: 'pod-1', waiting: null, settled: false, result: null, ...changes };
}
