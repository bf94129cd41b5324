import { group } from './resources/names.ts';

/**
 * Jobs, pods and volume claims as the API server holds them, as far as the decisions here read them. The types of the
 * Kubernetes client fit these shapes.
 */

interface Meta {
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: string; readonly uid: string }[];
}

interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface JobObject {
  readonly metadata: Meta;
  readonly status?: { readonly conditions?: readonly StatusCondition[] };
}

export interface PvcObject {
  readonly metadata: Meta;
  readonly status?: { readonly phase?: string };
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: ContainerState;
  readonly imageID?: string;
}

export interface PodObject {
  readonly metadata: Meta;
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly image?: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly StatusCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** The container that restores. Others put theirs beside it: what injects sidecars. */
export const restoreContainer = 'restore';

const statusOfContainer = ({ status }: PodObject): ContainerStatus | undefined =>
  status?.containerStatuses?.find(({ name }) => name === restoreContainer);

/** What the container that restores does in this pod; empty before the kubelet has said so. */
export const containerState = (pod: PodObject): ContainerState => statusOfContainer(pod)?.state ?? {};

/** The image that this container runs, by its digest; null before the kubelet has said so. */
export function imageIdOf(pod: PodObject): string | null {
  const { imageID = '' } = statusOfContainer(pod) ?? {};
  return imageID === '' ? null : imageID;
}

/** Whether the container that restores has begun in this pod, ended or not. */
export function hasBegun(pod: PodObject): boolean {
  const { running, terminated } = containerState(pod);
  return running !== undefined || terminated !== undefined;
}

/** Whether this Restore owns the object: a name says nothing, and a UID alone may be that of anything else. */
export function isOwnedBy({ metadata }: { readonly metadata: Meta }, restoreUid: string): boolean {
  const owners = metadata.ownerReferences ?? [];
  return owners.some(
    ({ apiVersion, kind, uid }) => apiVersion.startsWith(`${group}/`) && kind === 'Restore' && uid === restoreUid,
  );
}

/**
 * `Active` until the Job controller says that it is over. `FailureTarget` says that it makes no other pod; `Failed` comes
 * when the last one has left, and that of a lost node never does.
 */
export function jobPhase(job: JobObject): 'Active' | 'Complete' | 'Failed' {
  if (isTrue(job, 'Failed') || isTrue(job, 'FailureTarget')) return 'Failed';
  return isTrue(job, 'Complete') ? 'Complete' : 'Active';
}

/** Somebody, or what queues Jobs, keeps it from having a pod. */
export const isSuspended = (job: JobObject): boolean => isTrue(job, 'Suspended');

function isTrue({ status }: JobObject, type: string): boolean {
  return status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false;
}

/** Label on everything made for a Restore: the UID of that Restore. */
export const restoreUidLabel = 'rekindle.dev/restore-uid';
/** Label on a Job, its pod and the Secret with its order: number of the attempt. */
export const attemptLabel = 'rekindle.dev/attempt';
/** Label on a Job and its pod: UID of the volume claim that holds the report. */
export const reportUidLabel = 'rekindle.dev/report-pvc-uid';
/** Label that the Job controller puts on a Job's pods: the Job's UID. */
export const jobUidLabel = 'batch.kubernetes.io/controller-uid';
