import type { KubeClient } from '../kube/client.ts';
import { lastNote } from '../kube/events.ts';
import type { JobObject, PodObject } from '../model/children.ts';
import { slowStart, slowStarter } from '../model/slow-start.ts';
import type { Trouble } from '../model/state.ts';

/** Why Jobs of a namespace do not get on, by their UID, in the words of those who know: the last event about them. */
export async function hindrances(
  kube: KubeClient,
  namespace: string,
  { jobs, pods }: { readonly jobs: readonly JobObject[]; readonly pods: readonly PodObject[] },
): Promise<Map<string, Trouble>> {
  const found = new Map<string, Trouble>();
  for (const job of jobs) {
    const starter = slowStarter(job, pods, Date.now());
    if (starter === null) continue;
    const note = await lastNote(kube, { namespace, uid: starter.uid });
    found.set(job.metadata.uid, slowStart(starter, { namespace, note }));
  }
  return found;
}
