import { applyStatus } from '../src/kube/apply.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { untilNobodyInterferes } from '../src/kube/conflict.ts';
import { kinds } from '../src/kube/objects.ts';
import { restoreStatus } from '../src/model/resources/restore-status.ts';
import type { RestoreStatus } from '../src/model/resources/restore-status.ts';
import type { RestoreRef } from '../src/model/state.ts';

/** Owners of the status: of its numbers, and of everything else. */
export type StatusOwner = 'progress' | 'workflow';

/**
 * Decides on the status as it stands and writes over that very version; null leaves it. Of the Restore nothing but its status
 * is read, so that one whose spec is not understood can be told so.
 */
export async function changeStatus(
  kube: KubeClient,
  ref: RestoreRef,
  fieldManager: StatusOwner,
  change: (status: RestoreStatus, generation: number) => object | null,
): Promise<void> {
  await untilNobodyInterferes(async () => {
    const object = await kube.get(kinds.Restore, ref);
    if (object === null) return;
    const { resourceVersion, generation = 0 } = object.metadata;
    const wanted = change(restoreStatus.parse(object.status ?? {}), generation);
    if (wanted === null) return;
    await applyStatus(kube, kinds.Restore, { ...ref }, wanted, { fieldManager, resourceVersion });
  });
}
