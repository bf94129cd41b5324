import { jobPhase, jobUidLabel, restoreContainer } from './children.ts';
import type { JobObject, PodObject } from './children.ts';
import { findCondition } from './conditions.ts';
import type { Observation } from './observation.ts';
import { podFacts } from './pod-facts.ts';
import type { RestoreStatus } from './resources/restore-status.ts';
import type { Trouble } from './state.ts';

/** A pod that runs has fetched the work that Temporal has for it by then. Milliseconds. */
export const fetchesWithinMs = 30_000;

export interface PodAtWork {
  readonly job: JobObject;
  readonly pod: PodObject;
}

/** The pod that should be at work: it runs, and neither it nor its Job is about to go. Null where there is none. */
export function podAtWork({
  jobs,
  pods,
}: {
  readonly jobs: readonly JobObject[];
  readonly pods: readonly PodObject[];
}): PodAtWork | null {
  for (const job of jobs) {
    if (job.metadata.deletionTimestamp !== undefined || jobPhase(job) !== 'Active') continue;
    const isAtWork = (pod: PodObject): boolean =>
      pod.metadata.labels?.[jobUidLabel] === job.metadata.uid &&
      pod.metadata.deletionTimestamp === undefined &&
      podFacts(pod).running;
    const pod = pods.find(isAtWork);
    if (pod !== undefined) return { job, pod };
  }
  return null;
}

/** Whether the status says of this very pod that it does not fetch its work. */
export function isSaidToBeSilent({ metadata: { name } }: PodObject, { conditions }: RestoreStatus): boolean {
  const said = findCondition(conditions, 'Progressing');
  return said?.reason === 'PodSilent' && said.message.startsWith(`Pod ${name} `);
}

/** The picture with what Temporal shows besides: that this pod does not fetch its work. */
export function withSilentPod(picture: Observation, silent: PodAtWork, namespace: string): Observation {
  const jobs = picture.jobs.map((job) =>
    job.uid === silent.job.metadata.uid ? { ...job, hindered: job.hindered ?? silence(silent, namespace) } : job,
  );
  return { ...picture, jobs };
}

function silence({ job, pod }: PodAtWork, namespace: string): Trouble {
  const remedy = `kubectl -n ${namespace} delete job ${job.metadata.name}`;
  const message = isNodeAway(pod) ? ofNode(pod, remedy) : ofTemporal(pod, namespace, remedy);
  return { reason: 'PodSilent', message };
}

/**
 * Kubernetes has not heard of the pod's node for long, or hears that it is not ready: the last word of its kubelet stays but for
 * this condition, which the node controller turns.
 */
function isNodeAway({ status }: PodObject): boolean {
  const conditionOf = (type: string) => status?.conditions?.find((condition) => condition.type === type);
  const ready = conditionOf('Ready');
  const isKubelets = conditionOf('ContainersReady')?.status !== 'True' || ready?.reason === 'ReadinessGatesNotReady';
  return ready?.status === 'False' && !isKubelets;
}

function ofNode({ metadata: { name }, spec }: PodObject, remedy: string): string {
  return [
    `Pod ${name} has not fetched its work for ${fetchesWithinMs / 1000} s:`,
    `its node, ${spec?.nodeName ?? 'unknown'}, does not answer, or is not ready.`,
    'If it does not come back, Kubernetes gives the pod up by itself, after five minutes unless it is set otherwise, and the next',
    `attempt begins. To have it begin sooner, delete the Job: ${remedy}`,
  ].join(' ');
}

/** Where a pod looks for Temporal stands in its Job, whatever the operator would tell a new one. */
function ofTemporal({ metadata: { name }, spec }: PodObject, namespace: string, remedy: string): string {
  const { env = [] } = spec?.containers.find(({ name }) => name === restoreContainer) ?? {};
  const valueOf = (variable: string): string => env.find(({ name }) => name === variable)?.value ?? 'unknown';
  return [
    `Pod ${name} runs, but has not fetched its work for ${fetchesWithinMs / 1000} s from where it looks for Temporal,`,
    `${valueOf('TEMPORAL_ADDRESS')}, namespace ${valueOf('TEMPORAL_NAMESPACE')}.`,
    `See kubectl -n ${namespace} logs ${name} -c ${restoreContainer}. If that place is wrong, or another one by now,`,
    'correct REKINDLE_POD_TEMPORAL_ADDRESS, TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE of the operator,',
    `and delete the Job: ${remedy}`,
  ].join(' ');
}
