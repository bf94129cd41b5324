import { z } from 'zod';
import { phases } from '../phase.ts';
import { conditions, timestamp } from './common.ts';

/** A counter: never negative, exact. */
const count = z.int().min(0);

/** Written by the field manager `progress`; numbers only go back when the Restore starts from zero. */
export const restoreProgress = z.object({
  records: count.default(0).describe('Records that the target has acknowledged.'),
  bytes: count.default(0).describe('Bytes of record batches that the target has acknowledged.'),
  totalRecords: count.default(0).describe('Records to restore.'),
  totalBytes: count.default(0).describe('Bytes of record batches to restore.'),
  percent: z.number().min(0).max(100).default(0).describe('Acknowledged records out of all, 0 to 100.'),
  partitionsDone: count.default(0).describe('Partitions restored to their end.'),
  partitionsTotal: count.default(0).describe('Partitions to restore.'),
  acknowledgedRecords: count.default(0).describe('Records acknowledged, committed or not.'),
  committedRecords: count.default(0).describe('Records that readers of committed data can see.'),
  bytesPerSecond: z.number().min(0).default(0).describe('Rate of the last interval.'),
  updatedAt: timestamp.optional().describe('When the pod measured these numbers.'),
  waiting: z.string().optional().describe('What is being waited for; absent while records flow.'),
});
export type RestoreProgress = z.infer<typeof restoreProgress>;

const objectIdentity = z.object({ name: z.string(), uid: z.string() });

/** Written by the field manager `workflow`, but for `progress`. */
export const restoreStatus = z.object({
  message: z.string().optional().describe('The phase in the words of Kannika Armory.'),
  phase: z.enum(phases).optional().describe('Where the Restore is in its life; for programs.'),
  startTime: timestamp
    .optional()
    .describe(
      'When the target topics were claimed, before anything was written. From then on source, sink and mappings are fixed.',
    ),
  completionTime: timestamp.optional().describe('When the Restore was last found done, with proof.'),
  observedGeneration: z.int().optional().describe('Generation of the spec that this status speaks of.'),
  conditions: conditions.default([]),
  progress: restoreProgress.optional().describe('Numbers from the pod, a few seconds old.'),
  job: objectIdentity.optional().describe('The Job of the current attempt.'),
  attempt: z.int().min(0).optional().describe('Number of the current attempt; each has one Job.'),
  sequence: z
    .int()
    .min(0)
    .optional()
    .describe('Number of this status within the attempt; an older one is never written over a newer.'),
  reportPvc: objectIdentity.optional().describe('The volume claim of the report.'),
  workflow: z.object({ id: z.string(), runId: z.string() }).optional().describe('The execution in Temporal.'),
  resumedFrom: count.optional().describe('Records that were in place when the current attempt began.'),
  errand: z
    .boolean()
    .optional()
    .describe('All is restored: the current attempt only gives topics their retention back, as was agreed to.'),
});
export type RestoreStatus = z.infer<typeof restoreStatus>;
