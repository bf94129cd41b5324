import { z } from 'zod';
import { attemptLabel, isOwnedBy, jobPhase, jobUidLabel, reportUidLabel } from './children.ts';
import type { JobObject, PodObject, PvcObject } from './children.ts';
import { hashOf } from './hash.ts';
import { namedReport } from './named-report.ts';
import { isOutdated } from './order-basis.ts';
import type { OrderBasis } from './order-basis.ts';
import { podFacts } from './pod-facts.ts';
import { approveAnnotation } from './resources/names.ts';
import type { Restore } from './resources/restore.ts';
import { holdIn } from './state.ts';
import type { Trouble } from './state.ts';

const trouble = z.object({ reason: z.string(), message: z.string() });

const podFactsSchema = z.object({
  uid: z.string(),
  running: z.boolean(),
  imageId: z.string().nullable().default(null),
  hindered: trouble.nullable(),
  loss: trouble.extend({ disruption: z.boolean(), outOfMemory: z.boolean() }).nullable(),
});

/** A Job that stands in the API server, and its pod. */
export const jobFacts = z.object({
  name: z.string(),
  uid: z.string(),
  attempt: z.int().min(0),
  /** The volume claim that its pod mounts for the report is gone: a pod that has not started never will. */
  reportGone: z.boolean().default(false),
  /** `Active` until the Job controller says that it is over; its pod may not have left yet then. */
  phase: z.enum(['Active', 'Complete', 'Failed']),
  deleting: z.boolean(),
  /** Its order is another one than would be made now. */
  outdated: z.boolean().default(false),
  /** Why its container has not run, or has not fetched its work, for longer than usual; null when it has, or when it is not known. */
  hindered: trouble.nullable().default(null),
  pod: podFactsSchema.nullable(),
});
export type JobFacts = z.infer<typeof jobFacts>;

/**
 * What the operator sees of one Restore, the whole picture every time. It is a hint: it may be late, or overtake a later
 * one. What is missing in it is only believed after a look at the API server itself.
 */
export const observation = z.object({
  restore: z.object({
    generation: z.int(),
    enabled: z.boolean(),
    deleting: z.boolean(),
    /** Number of topic mappings. */
    mappings: z.int(),
    /** What is wrong with the resources that it names; null when a Job could be made. */
    problem: z.string().nullable(),
    /** What a person has agreed to, by the annotation; null without it. */
    approve: z.string().nullable().default(null),
  }),
  /**
   * What the status says that the Restore holds for, and the approval that stood there before that was said. Operators of
   * an earlier version only said whether there was one.
   */
  hold: trouble
    .extend({ unheard: z.string().nullable().catch(null) })
    .nullable()
    .default(null),
  /** The volume claim that the Restore names for its report; null while it does not exist. */
  report: z.object({ name: z.string(), uid: z.string(), deleting: z.boolean() }).nullable(),
  jobs: z.array(jobFacts),
  /** Pods of Jobs that are gone or over, and which have not left yet. */
  leftovers: z.array(z.string()),
  /** The operator has written over the status because Temporal or the workflow did not answer: it must be said again. */
  overwritten: z.boolean(),
});
export type Observation = z.infer<typeof observation>;

/** An observation on its way, with the hash by which the operator knows that it has arrived. */
export const observed = z.object({ hash: z.string(), observation });
export type Observed = z.infer<typeof observed>;

/** What is known of a Restore besides its children. */
export interface Surroundings {
  readonly problem: string | null;
  readonly overwritten: boolean;
  /** What an order would be made from now; null where none could. */
  readonly basis: OrderBasis | null;
  /** Why Jobs do not get on, by their UID. */
  readonly hindered: ReadonlyMap<string, Trouble>;
}

/**
 * The picture out of what is in the API server, or in a copy of it. Children belong by the UID of their owner, never by
 * their name; of the volume claims, the one counts that the Restore names.
 */
export function observe(
  restore: Restore,
  children: {
    readonly jobs: readonly JobObject[];
    readonly pvcs: readonly PvcObject[];
    readonly pods: readonly PodObject[];
  },
  { problem, overwritten, basis, hindered }: Surroundings,
): Observation {
  const { metadata, spec } = restore;
  const owned = <T extends JobObject | PvcObject>(list: readonly T[]): T[] =>
    list.filter((child) => isOwnedBy(child, metadata.uid));
  const jobs = owned(children.jobs);
  const living = new Set(jobs.filter((job) => jobPhase(job) === 'Active').map((job) => job.metadata.uid));
  const pvc = owned(children.pvcs).find((claim) => claim.metadata.name === namedReport(restore)?.name);
  return {
    restore: {
      generation: metadata.generation,
      enabled: spec.enabled,
      deleting: metadata.deletionTimestamp !== undefined,
      mappings: spec.config.topics.length,
      problem,
      approve: metadata.annotations[approveAnnotation] ?? null,
    },
    hold: holdIn(restore.status),
    report:
      pvc === undefined
        ? null
        : {
            name: pvc.metadata.name,
            uid: pvc.metadata.uid,
            deleting: pvc.metadata.deletionTimestamp !== undefined,
          },
    jobs: jobs
      .map((job) => ({
        ...jobFactsOf(job, children),
        outdated: basis !== null && isOutdated(job, basis, restore.status.startTime !== undefined),
        hindered: hindered.get(job.metadata.uid) ?? null,
      }))
      .sort((a, b) => compare(a.uid, b.uid)),
    leftovers: children.pods
      .filter((pod) => !living.has(pod.metadata.labels?.[jobUidLabel] ?? '') && !isOver(pod))
      .map((pod) => pod.metadata.uid)
      .sort(compare),
    overwritten,
  };
}

/** The Job, its pod and its claim as facts by themselves; pods and claims may be among those of other Jobs. */
export function jobFactsOf(
  job: JobObject,
  { pods, pvcs }: { readonly pods: readonly PodObject[]; readonly pvcs: readonly PvcObject[] },
): JobFacts {
  const phase = jobPhase(job);
  const reportUid = job.metadata.labels?.[reportUidLabel] ?? '';
  const pod = pods.find((p) => p.metadata.labels?.[jobUidLabel] === job.metadata.uid);
  return {
    name: job.metadata.name,
    uid: job.metadata.uid,
    attempt: Number(job.metadata.labels?.[attemptLabel] ?? 0),
    reportGone: reportUid !== '' && !pvcs.some(({ metadata }) => metadata.uid === reportUid),
    phase,
    deleting: job.metadata.deletionTimestamp !== undefined,
    outdated: false,
    hindered: null,
    pod: pod === undefined ? null : podFacts(pod, phase === 'Failed'),
  };
}

/** The observation with its hash: equal pictures have equal hashes, whoever makes them. */
export function sealed(picture: Observation): Observed {
  return { hash: hashOf(picture), observation: picture };
}

function isOver(pod: PodObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
