import { z } from 'zod';

/** Label on every claim in the operator's namespace: `true`. */
export const claimLabel = 'rekindle.dev/claim';

/** What is set on every topic that is guarded, whatever the version of Kafka. */
export const alwaysGuarded = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'compression.type',
  'message.timestamp.type',
] as const;

/**
 * What a Restore says of itself outside of its report, before it writes or alters anything: which producers are its own
 * and what the topics were like. It outlives the report, so that a start from zero knows its own records again.
 */
export const claimedTopic = z.object({
  name: z.string(),
  /** Topic id (UUID) in the target cluster; null until the topic exists. */
  id: z.string().nullable(),
  /** The Restore created the topic, so it may guard its configuration and purge its own records. */
  createdByUs: z.boolean(),
  /**
   * What the topic is created with that nobody else would: by this it is known as the Restore's own until its id is on
   * record. Null for a topic that the Restore has found.
   */
  mark: z.string().nullable().default(null),
  /** The topic was empty when the Restore began: every record up to a foreign one is its own. */
  emptyAtStart: z.boolean(),
  /** Log end of each partition when the topic was first claimed: nothing of the Restore lies before; null for 0. */
  starts: z.array(z.number().int().nonnegative()).nullable().default(null),
  /** Configuration that the topic gets back at the end; null when the Restore leaves it alone. */
  finalConfigs: z.record(z.string(), z.string()).nullable(),
  /** Names of what was set on the topic for the time of the restore; empty before that is on record. */
  guards: z.array(z.string()).default([]),
});
export type ClaimedTopic = z.infer<typeof claimedTopic>;

export const claim = z.object({
  clusterId: z.string(),
  restore: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
  /** Every transactional id that wrote for this Restore, to be fenced by whoever comes after. */
  transactionalIds: z.array(z.string()),
  producerIds: z.array(z.number().int()),
  topics: z.array(claimedTopic),
});
export type Claim = z.infer<typeof claim>;

const claimsOf = (claims: readonly Claim[], clusterId: string, name: string): ClaimedTopic[] =>
  claims
    .filter((earlier) => earlier.clusterId === clusterId)
    .flatMap(({ topics }) => topics)
    .filter((topic) => topic.name === name);

/**
 * All that earlier claims of the same Restore know about a topic of this cluster; undefined when nothing. A topic that
 * was claimed before it existed is this one only if it bears the claim's mark: anybody may have created one of that name.
 */
export function claimedBefore(
  claims: readonly Claim[],
  clusterId: string,
  name: string,
  found: { readonly id: string; readonly mark: string | null },
): ClaimedTopic | undefined {
  return claimsOf(claims, clusterId, name).findLast(({ id, mark }) =>
    id === null ? mark !== null && mark === found.mark : id === found.id,
  );
}

/** The mark that a topic bears if an earlier attempt has created it after all and it is only not to be seen yet. */
export function markToCome(claims: readonly Claim[], clusterId: string, name: string): string | null {
  return claimsOf(claims, clusterId, name).findLast(({ id }) => id === null)?.mark ?? null;
}

/** One claim out of several of the same Restore: the newest identity, all ids. */
export function mergeClaims(claims: readonly Claim[], newest: Claim): Claim {
  const same = claims.filter(({ clusterId }) => clusterId === newest.clusterId);
  return {
    ...newest,
    transactionalIds: [...new Set([...same.flatMap((c) => c.transactionalIds), ...newest.transactionalIds])],
    producerIds: [...new Set([...same.flatMap((c) => c.producerIds), ...newest.producerIds])],
  };
}

/**
 * Topics of the same cluster that earlier claims of the same Restore hold and the newest does not name: they stay claimed,
 * for nothing else knows whose they are and what they get back.
 */
export function claimedBesides(claims: readonly Claim[], { clusterId, topics }: Claim): ClaimedTopic[] {
  const named = new Set(topics.map(({ name }) => name));
  return claims
    .filter((earlier) => earlier.clusterId === clusterId)
    .flatMap((earlier) => earlier.topics)
    .filter(({ name }) => !named.has(name));
}
