import type { KubeClient } from '../src/kube/client.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import { progressStatus } from '../src/model/progress-status.ts';
import type { RestoreRef } from '../src/model/state.ts';
import { changeStatus } from './change-status.ts';

/** Writes the numbers of the status, and nothing else of it; older ones than those that stand there are left out. */
export async function publishProgress(kube: KubeClient, ref: RestoreRef, measured: PodProgress): Promise<void> {
  await changeStatus(kube, ref, 'progress', ({ progress: before, resumedFrom }) => {
    const isOld = before?.updatedAt !== undefined && Date.parse(before.updatedAt) >= Date.parse(measured.at);
    return isOld ? null : { progress: progressStatus(measured, before, resumedFrom) };
  });
}
