import type { KubeClient } from '../src/kube/client.ts';
import { untilNobodyInterferes } from '../src/kube/conflict.ts';
import { kinds } from '../src/kube/objects.ts';
import { approveAnnotation } from '../src/model/resources/names.ts';
import type { RestoreRef } from '../src/model/state.ts';

/**
 * Whether a person has put the approval on the Restore. That a picture of it says so is not enough: whoever can reach
 * Temporal can send one, and may not be allowed to have anything deleted.
 */
export async function bearsApproval(kube: KubeClient, ref: RestoreRef, value: string): Promise<boolean> {
  const object = await kube.get(kinds.Restore, ref);
  return object?.metadata.annotations?.[approveAnnotation] === value;
}

/** Takes the approval away if it is still this one: a person may have given another meanwhile. */
export async function removeApproval(kube: KubeClient, ref: RestoreRef, value: string): Promise<void> {
  await untilNobodyInterferes(async () => {
    const object = await kube.get(kinds.Restore, ref);
    if (object?.metadata.annotations?.[approveAnnotation] !== value) return;
    const { resourceVersion } = object.metadata;
    await kube.mergePatch(kinds.Restore, ref, {
      metadata: { resourceVersion, annotations: { [approveAnnotation]: null } },
    });
  });
}
