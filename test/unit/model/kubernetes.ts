import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { job, picture } from './pictures.ts';

/** What stands in the API server, as far as decisions matter. Never changed: what was is what a slow watch still shows. */
export interface Kubernetes {
  readonly restore: { readonly enabled: boolean; readonly deleting: boolean };
  readonly report: Observation['report'];
  readonly jobs: readonly JobFacts[];
  /** A pod whose Job is gone or over has not left yet. */
  readonly leaving: boolean;
  /** No node takes another pod. */
  readonly full: boolean;
}

export const untouched: Kubernetes = {
  restore: { enabled: true, deleting: false },
  report: picture().report,
  jobs: [],
  leaving: false,
  full: false,
};

export const pictureOf = ({ restore, report, jobs, leaving }: Omit<Kubernetes, 'full'>): Observation =>
  picture({ report, jobs: [...jobs], leftovers: leaving ? ['pod'] : [] }, restore);

export const isActive = ({ phase }: JobFacts): boolean => phase === 'Active';

/** The pod of this Job is at work. */
export const isAtWork = ({ pod }: JobFacts): boolean => pod?.running === true;

/** A Job of this number, with its first pod at work where a node takes it. */
export const newJob = (n: number, { full }: Kubernetes): JobFacts =>
  job(
    { uid: `job-${n}`, name: `r-${n}` },
    { uid: `pod-1 of job-${n}`, running: !full, hindered: full ? noNode : null },
  );

const noNode = { reason: 'PodUnschedulable', message: '' };

/** Those Jobs become others for which that holds; where it holds for none, nothing has changed. */
const changed = (
  jobs: readonly JobFacts[],
  which: (job: JobFacts) => boolean,
  change: (job: JobFacts) => Partial<JobFacts>,
): readonly JobFacts[] => (jobs.some(which) ? jobs.map((j) => (which(j) ? { ...j, ...change(j) } : j)) : jobs);

/** The Job's pod with these changes, where it has one. */
const podWith = ({ pod }: JobFacts, changes: Partial<NonNullable<JobFacts['pod']>>): Pick<JobFacts, 'pod'> => ({
  pod: pod && { ...pod, ...changes },
});

/** Nodes take pods again: those start whose claim is there. */
export const withNodes = ({ jobs }: Kubernetes): Pick<Kubernetes, 'jobs' | 'full'> => {
  const starts = (j: JobFacts): boolean => isActive(j) && !isAtWork(j) && !j.reportGone;
  return { full: false, jobs: changed(jobs, starts, (j) => podWith(j, { running: true, hindered: null })) };
};

/** The claim that every Job mounts is gone. */
export const withoutReport = ({ jobs }: Kubernetes): Pick<Kubernetes, 'jobs' | 'report'> => ({
  report: null,
  jobs: changed(
    jobs,
    (j) => !j.reportGone,
    () => ({ reportGone: true }),
  ),
});

/** Of what the orders of the living Jobs were made from, something is another one now. */
export const outdated = (jobs: readonly JobFacts[]): readonly JobFacts[] =>
  changed(
    jobs,
    (j) => isActive(j) && !j.outdated,
    () => ({ outdated: true }),
  );

/** The Job of this UID is deleted, or every one; a pod that was at work takes its time to leave. */
export function deleted({ jobs, leaving }: Kubernetes, uid?: string): Pick<Kubernetes, 'jobs' | 'leaving'> {
  const goes = (j: JobFacts): boolean => uid === undefined || j.uid === uid;
  return { jobs: jobs.filter((j) => !goes(j)), leaving: leaving || jobs.some((j) => goes(j) && isActive(j)) };
}

/** The pod of the Job of this UID has come to its end, and the Job with it, unless that was over before. */
export const ended = (jobs: readonly JobFacts[], uid: string, phase: JobFacts['phase']): readonly JobFacts[] =>
  changed(
    jobs,
    (j) => j.uid === uid,
    (j) => ({ phase: isActive(j) ? phase : j.phase, ...podWith(j, { running: false }) }),
  );

type PodLoss = NonNullable<NonNullable<JobFacts['pod']>['loss']>;

/** The pods of all Jobs that are at work die. */
export const killed = (jobs: readonly JobFacts[], loss: PodLoss): readonly JobFacts[] =>
  changed(jobs, isActive, (j) => ({ phase: 'Failed', ...podWith(j, { running: false, loss }) }));

/** The node of the pods is cut off: the Job controller gives them up, and they go on all the same. */
export const cutOff = ({ jobs, leaving }: Kubernetes, loss: PodLoss): Pick<Kubernetes, 'jobs' | 'leaving'> => {
  const goes = (j: JobFacts): boolean => isActive(j) && isAtWork(j);
  return {
    jobs: changed(jobs, goes, (j) => ({ phase: 'Failed', ...podWith(j, { loss }) })),
    leaving: leaving || jobs.some(goes),
  };
};

/** Every pod has left whose Job is gone or over. */
export const left = ({ jobs }: Kubernetes): Pick<Kubernetes, 'jobs' | 'leaving'> => ({
  leaving: false,
  jobs: changed(
    jobs,
    (j) => !isActive(j) && isAtWork(j),
    (j) => podWith(j, { running: false }),
  ),
});

/** The Job controller has made a second pod for the one that is gone, as it may whatever the backoff limit says. */
export const replaced = (jobs: readonly JobFacts[]): readonly JobFacts[] =>
  changed(jobs, isActive, (j) => podWith(j, { uid: `pod-2 of ${j.uid}` }));
