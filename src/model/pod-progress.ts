import { z } from 'zod';

const count = z.number().int().nonnegative();

/** How far a restore is, as its pod measures it. It travels in heartbeats, and so costs no event in the history. */
export const podProgress = z.object({
  /** Acknowledged by the broker, committed or not. */
  acknowledgedRecords: count,
  committedRecords: count,
  acknowledgedBytes: count,
  /** Covered by the proof. */
  provedRecords: count.default(0),
  totalRecords: count,
  totalBytes: count,
  partitionsDone: count,
  partitionsTotal: count,
  /** Why nothing moves at the moment, since when (RFC 3339); null while it does. */
  waiting: z.object({ reason: z.string(), message: z.string(), since: z.string() }).nullable(),
  /** Acknowledged bytes per second over the last interval. */
  bytesPerSecond: z.number().nonnegative(),
  /** When this was measured, RFC 3339. */
  at: z.string(),
});
export type PodProgress = z.infer<typeof podProgress>;
