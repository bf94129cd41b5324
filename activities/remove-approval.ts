import type { KubeClient } from '../src/kube/client.ts';
import { KubeConflict } from '../src/kube/errors.ts';
import { kinds } from '../src/kube/objects.ts';
import { approveAnnotation } from '../src/model/resources/names.ts';
import type { RestoreRef } from '../src/model/state.ts';

/** Takes the approval away if it is still this one: a person may have given another meanwhile. */
export async function removeApproval(kube: KubeClient, ref: RestoreRef, reason: string): Promise<void> {
  for (;;) {
    const object = await kube.get(kinds.Restore, ref);
    if (object?.metadata.annotations?.[approveAnnotation] !== reason) return;
    const { resourceVersion } = object.metadata;
    try {
      await kube.mergePatch(kinds.Restore, ref, {
        metadata: { resourceVersion, annotations: { [approveAnnotation]: null } },
      });
      return;
    } catch (error) {
      // Somebody wrote in between: look again at what stands there now.
      if (!(error instanceof KubeConflict)) throw error;
    }
  }
}
