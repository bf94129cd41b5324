import { applyStatus } from '../src/kube/apply.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { kinds } from '../src/kube/objects.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import { progressStatus } from '../src/model/progress-status.ts';
import type { RestoreStatus } from '../src/model/resources/restore-status.ts';
import type { RestoreRef } from '../src/model/state.ts';

/** Writes the numbers of the status, and nothing else of it; older ones than those that stand there are left out. */
export async function publishProgress(
  kube: KubeClient,
  ref: RestoreRef,
  status: RestoreStatus,
  measured: PodProgress,
): Promise<void> {
  const before = status.progress;
  if (before?.updatedAt !== undefined && Date.parse(before.updatedAt) >= Date.parse(measured.at)) return;
  const progress = progressStatus(measured, before, status.resumedFrom);
  await applyStatus(kube, kinds.Restore, { ...ref }, { progress }, { fieldManager: 'progress' });
}
