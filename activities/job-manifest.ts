import { createHash } from 'node:crypto';
import { asObject, ownedBy } from '../src/kube/objects.ts';
import type { Draft, Job } from '../src/kube/objects.ts';
import { attemptLabel, jobUidLabel, reportUidLabel, restoreContainer, restoreUidLabel } from '../src/model/children.ts';
import { storageMountPath } from '../src/model/resolve.ts';
import type { Resolved } from '../src/model/resolve.ts';
import { jobName, randomId, restoreJobNameLabel } from '../src/model/resources/names.ts';
import type { Restore } from '../src/model/resources/restore.ts';
import { orderFile, orderMountPath, orderVolume } from './order-secret.ts';

/** What is the same for every Job of an operator. */
export interface JobSettings {
  readonly image: string;
  /** ServiceAccount of the pods, in the namespace of the Restore: it has no permission at all. */
  readonly serviceAccount: string;
  /** `host:port` of Temporal as pods reach it. */
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly logLevel: string;
  /** Whether pods stop at the step that their Restore names by {@link stopAtAnnotation}. For tests. */
  readonly obeysStopAt: boolean;
}

/** Folder of the report in the pod: named as the Restore, on the report's volume. */
const reportsMountPath = '/kannika/reports';

/** Name of the volume of the report in the pod. */
export const reportVolume = 'report';

/**
 * Annotation on a Restore that its next Jobs kill themselves at a step: `<step>[#<n>]` of src/engine/steps.ts. Without
 * effect but on the development stack: elsewhere nobody kills pods by an annotation.
 */
export const stopAtAnnotation = 'rekindle.dev/stop-at';

/** Seconds that a pod has to flush and write a checkpoint. */
const gracePeriod = 30;
/** The user of deploy/image/Dockerfile. */
const user = 10001;

/** The name of an attempt's Job: the same whoever makes it, so that it is made once. */
export function attemptJobName(restore: Restore, attempt: number): string {
  const { name, uid } = restore.metadata;
  return jobName(name, randomId(createHash('sha256').update(`${uid}/${attempt}`).digest()));
}

/**
 * One attempt: one pod, never started again by anybody but us.
 * @param volumes the report's volume claim, and the name of the Secret with the order, without which the pod does not start
 */
export function jobManifest(
  restore: Restore,
  attempt: number,
  { report, order }: { readonly report: { readonly name: string; readonly uid: string }; readonly order: string },
  { basis, secrets, storageClaim }: Resolved,
  settings: JobSettings,
): Draft<Job> {
  const { namespace, name, uid } = restore.metadata;
  const jobOfAttempt = attemptJobName(restore, attempt);
  const labels = {
    'app.kubernetes.io/name': 'rekindle-restore',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/managed-by': 'rekindle',
    [restoreUidLabel]: uid,
    [attemptLabel]: `${attempt}`,
    [reportUidLabel]: report.uid,
    [restoreJobNameLabel]: jobOfAttempt,
  };
  const stopAt = settings.obeysStopAt ? restore.metadata.annotations[stopAtAnnotation] : undefined;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...{ namespace, name: jobOfAttempt, labels, annotations: { ...basis } },
      ownerReferences: [ownedBy(asObject(restore))],
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: settings.serviceAccount,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          // The first process of a namespace cannot kill itself: here that is the sandbox's.
          ...(stopAt === undefined ? {} : { shareProcessNamespace: true }),
          terminationGracePeriodSeconds: gracePeriod,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
            fsGroup: user,
            fsGroupChangePolicy: 'OnRootMismatch',
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: restoreContainer,
              image: settings.image,
              imagePullPolicy: 'IfNotPresent',
              command: ['node', 'dist/src/pod/main.js'],
              env: [
                { name: 'REKINDLE_ORDER', value: `${orderMountPath}/${orderFile}` },
                { name: 'REKINDLE_REPORT_FOLDER', value: `${reportsMountPath}/${name}` },
                { name: 'REKINDLE_LOG_LEVEL', value: settings.logLevel },
                { name: 'REKINDLE_IMAGE', value: settings.image },
                { name: 'REKINDLE_POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'REKINDLE_POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
                {
                  name: 'REKINDLE_JOB_UID',
                  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${jobUidLabel}']` } },
                },
                { name: 'TEMPORAL_ADDRESS', value: settings.temporalAddress },
                { name: 'TEMPORAL_NAMESPACE', value: settings.temporalNamespace },
                ...(stopAt === undefined ? [] : [{ name: 'REKINDLE_STOP_AT', value: stopAt }]),
                ...Object.entries(secrets).map(([variable, secretKeyRef]) => ({
                  name: variable,
                  valueFrom: { secretKeyRef },
                })),
              ],
              ...(restore.spec.resources === undefined ? {} : { resources: quantities(restore.spec.resources) }),
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              terminationMessagePolicy: 'FallbackToLogsOnError',
              volumeMounts: [
                { name: orderVolume, mountPath: orderMountPath, readOnly: true },
                { name: reportVolume, mountPath: reportsMountPath },
                ...(storageClaim === null ? [] : [{ name: 'storage', mountPath: storageMountPath, readOnly: true }]),
              ],
            },
          ],
          volumes: [
            { name: orderVolume, secret: { secretName: order, defaultMode: 0o440 } },
            { name: reportVolume, persistentVolumeClaim: { claimName: report.name } },
            ...(storageClaim === null
              ? []
              : [{ name: 'storage', persistentVolumeClaim: { claimName: storageClaim, readOnly: true } }]),
          ],
        },
      },
    },
  };
}

type Resources = NonNullable<Restore['spec']['resources']>;

/** Quantities as strings, as the API server writes them. */
function quantities({ limits, requests }: Resources): {
  limits?: Record<string, string>;
  requests?: Record<string, string>;
} {
  const strings = (amounts: Resources['limits']): Record<string, string> =>
    Object.fromEntries(Object.entries(amounts ?? {}).map(([name, amount]) => [name, String(amount)]));
  return {
    ...(limits === undefined ? {} : { limits: strings(limits) }),
    ...(requests === undefined ? {} : { requests: strings(requests) }),
  };
}
