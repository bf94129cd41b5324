import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { job, picture } from './pictures.ts';

/** What stands in the API server, as far as decisions matter. Never changed: what was is what a slow watch still shows. */
export interface Kubernetes {
  readonly restore: { readonly enabled: boolean; readonly deleting: boolean };
  readonly report: Observation['report'];
  readonly jobs: readonly JobFacts[];
}

export const untouched: Kubernetes = {
  restore: { enabled: true, deleting: false },
  report: picture().report,
  jobs: [],
};

export const pictureOf = ({ restore, report, jobs }: Kubernetes): Observation =>
  picture({ report, jobs: [...jobs] }, restore);

export const isActive = ({ phase }: JobFacts): boolean => phase === 'Active';

/** A Job of this number, with its first pod at work. */
export const newJob = (n: number): JobFacts => job({ uid: `job-${n}`, name: `r-${n}` }, { uid: `pod-1 of job-${n}` });

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
