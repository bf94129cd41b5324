import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { job, picture } from './pictures.ts';

/** What stands in the API server, as far as decisions matter. Never changed: what was is what a slow watch still shows. */
export interface Kubernetes {
  readonly restore: { readonly enabled: boolean; readonly deleting: boolean };
  readonly report: Observation['report'];
  readonly jobs: readonly JobFacts[];
  /** A pod whose Job is gone has not left yet. */
  readonly leaving: boolean;
}

export const untouched: Kubernetes = {
  restore: { enabled: true, deleting: false },
  report: picture().report,
  jobs: [],
  leaving: false,
};

export const pictureOf = ({ restore, report, jobs, leaving }: Kubernetes): Observation =>
  picture({ report, jobs: [...jobs], leftovers: leaving ? ['pod'] : [] }, restore);

export const isActive = ({ phase }: JobFacts): boolean => phase === 'Active';

/** A Job of this number, with its first pod at work. */
export const newJob = (n: number): JobFacts => job({ uid: `job-${n}`, name: `r-${n}` }, { uid: `pod-1 of job-${n}` });

/** The Job of this UID is deleted, or every one; a pod that was at work takes its time to leave. */
export function deleted({ jobs, leaving }: Kubernetes, uid?: string): Pick<Kubernetes, 'jobs' | 'leaving'> {
  const goes = (j: JobFacts): boolean => uid === undefined || j.uid === uid;
  return { jobs: jobs.filter((j) => !goes(j)), leaving: leaving || jobs.some((j) => goes(j) && isActive(j)) };
}

/** The Job of this UID has come to its end. */
export const ended = (jobs: readonly JobFacts[], uid: string, phase: JobFacts['phase']): readonly JobFacts[] =>
  jobs.map((j) => (j.uid === uid ? { ...j, phase } : j));

/** The pods of all Jobs that are at work die. */
export const killed = (
  jobs: readonly JobFacts[],
  loss: NonNullable<NonNullable<JobFacts['pod']>['loss']>,
): readonly JobFacts[] =>
  jobs.map((j) => (isActive(j) ? { ...j, phase: 'Failed', pod: j.pod && { ...j.pod, loss } } : j));

/** The Job controller has made a second pod for the one that is gone, as it may whatever the backoff limit says. */
export const replaced = (jobs: readonly JobFacts[]): readonly JobFacts[] =>
  jobs.map((j) => (isActive(j) ? { ...j, pod: j.pod && { ...j.pod, uid: `pod-2 of ${j.uid}` } } : j));
