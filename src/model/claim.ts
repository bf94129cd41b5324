import { z } from 'zod';

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
  /** The topic was empty when the Restore began: every record up to a foreign one is its own. */
  emptyAtStart: z.boolean(),
  /** Log end of each partition when the topic was first claimed: nothing of the Restore lies before; null for 0. */
  starts: z.array(z.number().int().nonnegative()).nullable().default(null),
  /** Configuration that the topic gets back at the end; null when the Restore leaves it alone. */
  finalConfigs: z.record(z.string(), z.string()).nullable(),
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

/** All that earlier claims of the same Restore know about a topic of this cluster; undefined when nothing. */
export function claimedBefore(
  claims: readonly Claim[],
  clusterId: string,
  name: string,
  id: string | null,
): ClaimedTopic | undefined {
  return claims
    .filter((earlier) => earlier.clusterId === clusterId)
    .flatMap(({ topics }) => topics)
    .findLast((topic) => topic.name === name && (topic.id === null || topic.id === id));
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
