import { containerState, imageIdOf, restoreContainer } from './children.ts';
import type { ContainerState, PodObject } from './children.ts';
import type { Loss, Trouble } from './state.ts';

/** A pod as the decisions see it. */
export interface PodFacts {
  readonly uid: string;
  /** The container runs. */
  readonly running: boolean;
  /** Digest of the image that the container runs; null before that is known. */
  readonly imageId: string | null;
  /** Why the container does not start; null when nothing is known to be in its way. */
  readonly hindered: Trouble | null;
  /** What the container died of, or the pod is given up for; null while it may still work, or when it ended well. */
  readonly loss: Loss | null;
}

/** Exit code of a process that was killed by SIGKILL. */
const killed = 137;

/** @param isJobOver then a pod that is being deleted is given up: its kubelet may never say that it has left */
export function podFacts(pod: PodObject, isJobOver = false): PodFacts {
  const state = containerState(pod);
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  const { phase } = pod.status ?? {};
  // A container is not started again. Others of the pod may go on after it.
  const hasEnded = phase === 'Failed' || (state.terminated !== undefined && phase !== 'Succeeded');
  return {
    uid: pod.metadata.uid,
    running: phase === 'Running' && state.running !== undefined,
    imageId: imageIdOf(pod),
    hindered: hindrance(pod, state),
    loss: hasEnded || (isJobOver && isDeleted) ? death(pod, state) : null,
  };
}

/** The words of the kubelet, made stable: it swaps between two of them for the same trouble while it tries again. */
function hindrance(pod: PodObject, state: ContainerState): Trouble | null {
  const reason = state.waiting?.reason ?? '';
  const said = state.waiting?.message ?? '';
  if (['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'].includes(reason)) {
    const image = pod.spec?.containers.find(({ name }) => name === restoreContainer)?.image ?? 'of the pod';
    return {
      reason: 'ImageUnavailable',
      message: `The image ${image} cannot be pulled (${reason === 'InvalidImageName' ? 'its name is not valid' : 'not found, or not allowed'}). Check its name, the registry and the pull secrets.`,
    };
  }
  if (reason === 'CreateContainerConfigError') {
    return {
      reason: 'SecretMissing',
      message: `The pod cannot start: ${said}. It starts by itself once that is there.`,
    };
  }
  if (['CreateContainerError', 'RunContainerError'].includes(reason)) {
    return { reason: 'PodHindered', message: `The pod cannot start: ${said}` };
  }
  const scheduled = pod.status?.conditions?.find((c) => c.type === 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  const why = scheduled.message ?? 'no node takes it.';
  return /PersistentVolumeClaim|persistentvolumeclaim|persistent volumes? to bind/.test(why)
    ? { reason: 'ReportNotBound', message: `A volume claim of the pod does not bind: ${why}` }
    : { reason: 'PodUnschedulable', message: `No node takes the pod: ${why}` };
}

function death(pod: PodObject, state: ContainerState): Loss {
  const ended = state.terminated;
  const said = (ended?.message ?? '').trim();
  const disrupted = pod.status?.conditions?.find((c) => c.type === 'DisruptionTarget' && c.status === 'True');
  if (ended?.reason === 'OOMKilled') {
    return {
      reason: 'OutOfMemory',
      message: 'The pod ran out of memory. Raise spec.resources.limits.memory.',
      disruption: false,
      outOfMemory: true,
    };
  }
  if (disrupted !== undefined || pod.status?.reason === 'Evicted' || pod.metadata.deletionTimestamp !== undefined) {
    const by = disrupted?.message ?? pod.status?.message ?? '';
    return {
      reason: 'PodDisrupted',
      message: by === '' ? 'The pod was deleted.' : `The pod was taken away: ${by}`,
      disruption: true,
      outOfMemory: false,
    };
  }
  if (ended?.exitCode === killed) {
    return { reason: 'PodKilled', message: 'The pod’s process was killed.', disruption: false, outOfMemory: false };
  }
  const code = ended === undefined ? '' : ` with code ${ended.exitCode}`;
  return {
    reason: 'PodFailed',
    message: `The pod’s process ended${code}${said === '' ? '.' : `: ${said}`}`,
    disruption: false,
    outOfMemory: false,
  };
}
