import { createHash } from 'node:crypto';
import type { KubeClient } from '../src/kube/client.ts';
import { untilNobodyInterferes } from '../src/kube/conflict.ts';
import { kinds } from '../src/kube/objects.ts';
import type { ConfigMap, Draft } from '../src/kube/objects.ts';
import { claim as claimSchema, claimLabel } from '../src/model/claim.ts';
import type { Claim, ClaimedTopic } from '../src/model/claim.ts';
import { canonical } from '../src/model/hash.ts';
import { mapInParallel } from '../src/model/parallel.ts';
import type { Phase } from '../src/model/phase.ts';
import { RekindleError } from '../src/model/reasons.ts';
import { restoreStatus } from '../src/model/resources/restore-status.ts';
import type { RestoreRef, Trouble } from '../src/model/state.ts';
import { readRestore } from './restore-object.ts';

const namespaceLabel = 'rekindle.dev/restore-namespace';
const nameLabel = 'rekindle.dev/restore-name';
const claimKey = 'claim.json';
/** Topics that are looked at at the same time: it is latency that takes the time. */
const looksAtOnce = 16;

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

  /**
   * What this Restore and its former incarnations (same namespace and name) have claimed. It travels through Temporal, which
   * takes 2 MB, so what claims of many topics have in common is said once.
   */
  async recall({ namespace, name }: RestoreRef): Promise<Claim[]> {
    const labelSelector = `${claimLabel}=true,${namespaceLabel}=${namespace},${nameLabel}=${name}`;
    const maps = await this.#kube.list(kinds.ConfigMap, { namespace: this.#namespace, labelSelector });
    const claims = maps.map(claimIn).filter((claim) => claim !== null);
    const alike = Map.groupBy(claims, ({ topics: _, ...common }) => canonical(common));
    return [...alike.values()].flatMap(joined);
  }

  /**
   * Takes all topics of the claim, or none: null, or why not. What a claim says comes from a pod, so it is only taken for
   * topics that the Restore itself names.
   * @param confirm called once all of them are taken; a reason that it throws lets them go again
   */
  async take(ref: RestoreRef, claim: Claim, confirm?: () => Promise<void>): Promise<Trouble | null> {
    const looks = await this.#lookAtAll(ref, claim);
    const refused = holderIn(looks);
    if (refused !== null) return heldBy(refused);
    const taken: Taken[] = [];
    // One after the other, and always in the same order, so that of two Restores that want the same topics one gets them
    // all. A call for each is enough, since all were looked at. Should they take longer than an activity has, what was taken
    // stays, and the next try has only the rest to write.
    for (const look of looks) {
      const { holder, took } = await this.#takeOne(ref, look);
      if (took !== null) taken.push(took);
      if (holder === null) continue;
      await this.#putBack(taken);
      return heldBy(holder);
    }
    try {
      await confirm?.();
    } catch (error) {
      // Of any other error it is not known whether it was confirmed: it is asked again, and then the topics are ours.
      if (error instanceof RekindleError) await this.#putBack(taken);
      throw error;
    }
    return null;
  }

  /** Why the claim could not be taken now; null if it could. Nothing is written. */
  async look(ref: RestoreRef, claim: Claim): Promise<Trouble | null> {
    const holder = holderIn(await this.#lookAtAll(ref, claim));
    return holder === null ? null : heldBy(holder);
  }

  async #drafts(ref: RestoreRef, claim: Claim): Promise<Draft<ConfigMap>[]> {
    const restore = await readRestore(this.#kube, ref);
    const allowed = new Set(restore.spec.config.topics.map(({ target }) => target));
    const stranger = claim.topics.find(({ name }) => !allowed.has(name));
    if (stranger !== undefined) {
      throw new RekindleError('Internal', `The pod claims topic ${stranger.name}, which the Restore does not map.`);
    }
    const topics = claim.topics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return topics.map((topic) => this.#draft(ref, { ...claim, restore: ref, topics: [topic] }, topic));
  }

  /** What stands in the place of each topic of the claim, in the order in which they are taken. */
  async #lookAtAll(ref: RestoreRef, claim: Claim): Promise<Look[]> {
    const drafts = await this.#drafts(ref, claim);
    return await mapInParallel(drafts, looksAtOnce, (draft) => this.#lookAt(ref, draft));
  }

  async #lookAt(ref: RestoreRef, draft: Draft<ConfigMap>): Promise<Look> {
    const before = await this.#kube.get(kinds.ConfigMap, place(draft.metadata));
    return { draft, before, holder: before === null ? null : await this.#otherHolder(ref, before) };
  }

  /** @param looked what was seen a moment ago: as long as nobody interferes it is still so */
  async #takeOne(ref: RestoreRef, looked: Look): Promise<{ holder: Holder | null; took: Taken | null }> {
    const { draft } = looked;
    let seen: Look | null = looked;
    return untilNobodyInterferes(async () => {
      const { before, holder } = seen ?? (await this.#lookAt(ref, draft));
      seen = null;
      if (holder !== null) return { holder, took: null };
      if (before === null) {
        return { holder, took: { before, written: await this.#kube.create(kinds.ConfigMap, draft) } };
      }
      const isOurs = isNamesake(ref, claimIn(before));
      if (isOurs && saysTheSame(before, draft)) return { holder, took: null };
      const metadata = { ...before.metadata, labels: draft.metadata.labels ?? {} };
      const wanted = { ...before, metadata, data: draft.data ?? {} };
      const written = await this.#kube.replace(kinds.ConfigMap, wanted);
      return { holder, took: isOurs ? null : { before, written } };
    });
  }

  /**
   * What a Restore that is gone had claimed is all that still knows what its topics were like, so it comes back. The last
   * that was taken goes first: whoever waits for the same topics takes them in the same order, and so does not get into the
   * midst of those that are still to go.
   */
  async #putBack(taken: readonly Taken[]): Promise<void> {
    for (const took of taken.toReversed()) await untilNobodyInterferes(() => this.#putOneBack(took));
  }

  async #putOneBack({ before, written }: Taken): Promise<void> {
    const { namespace = '', name, uid } = written.metadata;
    const standing = await this.#kube.get(kinds.ConfigMap, { namespace, name, uid });
    // Whoever has written over it since has it now.
    if (standing === null || standing.data?.[claimKey] !== written.data?.[claimKey]) return;
    const { resourceVersion } = standing.metadata;
    if (before === null) await this.#kube.delete(kinds.ConfigMap, { namespace, name, uid }, { resourceVersion });
    else await this.#kube.replace(kinds.ConfigMap, { ...before, metadata: { ...before.metadata, resourceVersion } });
  }

  /** The other living Restore that holds the topic; a claim of one that is gone blocks nobody. */
  async #otherHolder(ref: RestoreRef, standing: ConfigMap): Promise<Holder | null> {
    const claim = claimIn(standing);
    if (claim === null || isNamesake(ref, claim)) return null;
    const living = await this.#kube.get(kinds.Restore, claim.restore);
    if (living === null) return null;
    const phase = restoreStatus.safeParse(living.status ?? {}).data?.phase ?? null;
    return { restore: claim.restore, topic: claim.topics[0]?.name ?? '', phase };
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

/** A topic that is to be taken, and whose it is. */
interface Look {
  readonly draft: Draft<ConfigMap>;
  readonly before: ConfigMap | null;
  readonly holder: Holder | null;
}

/** A topic that was not this Restore's before. */
interface Taken {
  /** What stood there: null, or the claim of a Restore that is gone. */
  readonly before: ConfigMap | null;
  readonly written: ConfigMap;
}

interface Holder {
  readonly restore: RestoreRef;
  readonly topic: string;
  /** Null where its status is not understood, or says nothing yet. */
  readonly phase: Phase | null;
}

/** Whoever is Done or Failed holds its topics, too: it may be asked to go on. */
function heldBy({ restore: { namespace, name }, topic, phase }: Holder): Trouble {
  const holder = `Restore ${namespace}/${name}${phase === null ? '' : `, which is ${phase}`}`;
  const message = `Topic ${topic} is claimed by ${holder}. Delete that Restore, with which its report goes, or choose another target.`;
  return { reason: 'TargetClaimed', message };
}

function holderIn(looks: readonly Look[]): Holder | null {
  return looks.find(({ holder }) => holder !== null)?.holder ?? null;
}

function saysTheSame(standing: ConfigMap, draft: Draft<ConfigMap>): boolean {
  const said = ({ metadata: { labels = {} }, data = {} }: Draft<ConfigMap>): string => canonical({ labels, data });
  return said(standing) === said(draft);
}

/** A claim of this Restore, or of one that had its name before. */
function isNamesake({ namespace, name }: RestoreRef, claim: Claim | null): boolean {
  return claim !== null && claim.restore.namespace === namespace && claim.restore.name === name;
}

/** The claim that stands in a ConfigMap; null when somebody has made it unreadable: then it holds nothing. */
function claimIn({ data }: ConfigMap): Claim | null {
  try {
    return claimSchema.parse(JSON.parse(data?.[claimKey] ?? ''));
  } catch {
    return null;
  }
}

/** One claim of all that these claim, who differ in nothing else. */
function joined(claims: readonly Claim[]): Claim[] {
  const [first] = claims;
  return first === undefined ? [] : [{ ...first, topics: claims.flatMap(({ topics }) => topics) }];
}

function place({ namespace, name }: { readonly namespace?: string; readonly name: string }): {
  namespace?: string;
  name: string;
} {
  return namespace === undefined ? { name } : { namespace, name };
}
