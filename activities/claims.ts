import { createHash } from 'node:crypto';
import type { KubeClient } from '../src/kube/client.ts';
import { KubeConflict } from '../src/kube/errors.ts';
import { kinds } from '../src/kube/objects.ts';
import type { ConfigMap, Draft } from '../src/kube/objects.ts';
import { claim as claimSchema } from '../src/model/claim.ts';
import type { Claim, ClaimedTopic } from '../src/model/claim.ts';
import { RekindleError } from '../src/model/reasons.ts';
import type { RestoreRef, Trouble } from '../src/model/state.ts';
import { readRestore } from './restore-object.ts';

const claimLabel = 'rekindle.dev/claim';
const namespaceLabel = 'rekindle.dev/restore-namespace';
const nameLabel = 'rekindle.dev/restore-name';
const claimKey = 'claim.json';

/**
 * The claims of all Restores, in the operator's namespace: a ConfigMap for each target topic of each Kafka cluster, owned
 * by nobody, so that they outlive the Restores. Whoever creates one, or replaces one of a Restore that is gone, holds the
 * topic.
 */
export class Claims {
  readonly #kube: KubeClient;
  readonly #namespace: string;

  constructor(kube: KubeClient, operatorNamespace: string) {
    this.#kube = kube;
    this.#namespace = operatorNamespace;
  }

  /** What this Restore and its former incarnations (same namespace and name) have claimed. */
  async recall({ namespace, name }: RestoreRef): Promise<Claim[]> {
    const labelSelector = `${claimLabel}=true,${namespaceLabel}=${namespace},${nameLabel}=${name}`;
    const maps = await this.#kube.list(kinds.ConfigMap, { namespace: this.#namespace, labelSelector });
    return maps.map(claimIn).filter((claim) => claim !== null);
  }

  /**
   * Takes all topics of the claim, or none: null, or why not. What a claim says comes from a pod, so it is only taken for
   * topics that the Restore itself names.
   */
  async take(ref: RestoreRef, claim: Claim): Promise<Trouble | null> {
    const restore = await readRestore(this.#kube, ref);
    const allowed = new Set(restore.spec.config.topics.map(({ target }) => target));
    const stranger = claim.topics.find(({ name }) => !allowed.has(name));
    if (stranger !== undefined) {
      throw new RekindleError('Internal', `The pod claims topic ${stranger.name}, which the Restore does not map.`);
    }
    const taken: Draft<ConfigMap>[] = [];
    for (const topic of claim.topics.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const draft = this.#draft(ref, { ...claim, restore: ref, topics: [topic] }, topic);
      const outcome = await this.#takeOne(ref, draft);
      if (outcome === 'new') taken.push(draft);
      if (typeof outcome === 'string') continue;
      for (const { metadata } of taken) await this.#kube.delete(kinds.ConfigMap, { ...place(metadata) });
      const { namespace, name } = outcome.heldBy;
      const message = `Topic ${topic.name} is being restored by Restore ${namespace}/${name} already. Delete that one, or choose another target.`;
      return { reason: 'TargetClaimed', message };
    }
    return null;
  }

  async #takeOne(ref: RestoreRef, draft: Draft<ConfigMap>): Promise<'new' | 'ours' | { heldBy: RestoreRef }> {
    for (;;) {
      const standing = await this.#kube.get(kinds.ConfigMap, place(draft.metadata));
      try {
        if (standing === null) {
          await this.#kube.create(kinds.ConfigMap, draft);
          return 'new';
        }
        const holder = claimIn(standing)?.restore ?? null;
        const same = holder !== null && holder.namespace === ref.namespace && holder.name === ref.name;
        if (holder !== null && !same && (await this.#lives(holder))) return { heldBy: holder };
        const metadata = { ...standing.metadata, labels: draft.metadata.labels ?? {} };
        await this.#kube.replace(kinds.ConfigMap, { ...standing, metadata, data: draft.data ?? {} });
        return same ? 'ours' : 'new';
      } catch (error) {
        // Somebody was faster: look again at what stands there now.
        if (!(error instanceof KubeConflict)) throw error;
      }
    }
  }

  async #lives(holder: RestoreRef): Promise<boolean> {
    return (await this.#kube.get(kinds.Restore, holder)) !== null;
  }

  #draft(ref: RestoreRef, claim: Claim, topic: ClaimedTopic): Draft<ConfigMap> {
    const id = createHash('sha256').update(`${claim.clusterId}/${topic.name}`).digest('hex').slice(0, 20);
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: this.#namespace,
        name: `rekindle-claim-${id}`,
        labels: { [claimLabel]: 'true', [namespaceLabel]: ref.namespace, [nameLabel]: ref.name },
      },
      data: { [claimKey]: JSON.stringify(claim) },
    };
  }
}

/** The claim that stands in a ConfigMap; null when somebody has made it unreadable: then it holds nothing. */
function claimIn({ data }: ConfigMap): Claim | null {
  try {
    return claimSchema.parse(JSON.parse(data?.[claimKey] ?? ''));
  } catch {
    return null;
  }
}

function place({ namespace, name }: { readonly namespace?: string; readonly name: string }): {
  namespace?: string;
  name: string;
} {
  return namespace === undefined ? { name } : { namespace, name };
}
