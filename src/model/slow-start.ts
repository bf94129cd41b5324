import { hasBegun, isSuspended, jobPhase, jobUidLabel } from './children.ts';
import type { JobObject, PodObject } from './children.ts';
import { podFacts } from './pod-facts.ts';
import type { Trouble } from './state.ts';

/** A Job that was made this long ago should have a pod, and that pod a container that runs. Milliseconds. */
const startsWithinMs = 30_000;

/** What does not get on, for the person who wants to look at it: a Job that makes no pod, or a pod that does not start. */
export interface SlowStarter {
  readonly kind: 'Job' | 'Pod';
  readonly name: string;
  readonly uid: string;
  /** A Job that is to have no pod until it is resumed. */
  readonly suspended?: boolean;
}

/**
 * Who keeps a Job's container from running for longer than usual although nothing is known to be in its way: an account
 * that is missing, a quota of pods, a volume that cannot be mounted. Null while there is still time, and once it has run.
 * @param now epoch milliseconds
 */
export function slowStarter(job: JobObject, pods: readonly PodObject[], now: number): SlowStarter | null {
  const { metadata } = job;
  if (metadata.deletionTimestamp !== undefined || jobPhase(job) !== 'Active') return null;
  const pod = pods.find((p) => p.metadata.labels?.[jobUidLabel] === metadata.uid);
  const { name, uid, creationTimestamp } = (pod ?? job).metadata;
  if (now - Date.parse(creationTimestamp) < startsWithinMs) return null;
  if (isSuspended(job)) return { kind: 'Job', name: metadata.name, uid: metadata.uid, suspended: true };
  if (pod === undefined) return { kind: 'Job', name, uid };
  return pod.metadata.deletionTimestamp !== undefined || hasStarted(pod) || podFacts(pod).hindered !== null
    ? null
    : { kind: 'Pod', name, uid };
}

/** The trouble in words. @param note what was last said about the starter in an event; null when nothing was */
export function slowStart(
  { kind, name, suspended }: SlowStarter,
  { namespace, note }: { readonly namespace: string; readonly note: string | null },
): Trouble {
  if (suspended === true) {
    const command = `kubectl -n ${namespace} patch job ${name} --type=merge -p '{"spec":{"suspend":false}}'`;
    const message = `Job ${name} is suspended, and has no pod until it is resumed, by whoever queues Jobs here or by: ${command}`;
    return { reason: 'JobSuspended', message };
  }
  const after = `${startsWithinMs / 1000} s`;
  const what = kind === 'Job' ? `Job ${name} has no pod after ${after}` : `Pod ${name} has not started after ${after}`;
  const why = note === null ? '' : `: ${note.replace(/\.$/, '')}`;
  return { reason: 'PodHindered', message: `${what}${why}. See kubectl describe ${kind.toLowerCase()} ${name}.` };
}

const hasStarted = (pod: PodObject): boolean => hasBegun(pod) || pod.status?.phase === 'Failed';
