import type { KubeClient } from '../src/kube/client.ts';
import { untilNobodyInterferes } from '../src/kube/conflict.ts';
import { kinds } from '../src/kube/objects.ts';
import { approveAnnotation } from '../src/model/resources/names.ts';
import type { RestoreRef } from '../src/model/state.ts';

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
