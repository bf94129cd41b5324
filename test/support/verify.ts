import { ExecaError } from 'execa';
import { z } from 'zod';
import { startRekindle, type RestoreArguments } from './rekindle.ts';

const verification = z.object({
  verify: z.enum(['equal', 'different']),
  topics: z.array(
    z.object({
      ...{ source: z.string(), target: z.string(), equal: z.boolean() },
      digest: z.object({ archive: z.string(), target: z.string() }),
      partitions: z.array(
        z.object({
          ...{ partition: z.number(), records: z.number(), found: z.number() },
          ...{ equal: z.boolean(), foreign: z.number(), aborted: z.number() },
          digest: z.object({ archive: z.string(), target: z.string() }),
          firstDifference: z
            .object({
              what: z.string(),
              ...{
                index: z.number().nullable(),
                sourceOffset: z.number().nullable(),
                targetOffset: z.number().nullable(),
              },
            })
            .nullable(),
        }),
      ),
    }),
  ),
});
export type Verification = z.infer<typeof verification>;

/** Runs `rekindle verify`. @throws Error with its own words when it cannot compare */
export async function verify(
  of: Pick<RestoreArguments, 'from' | 'to' | 'report'>,
  ...more: string[]
): Promise<{ exitCode: number; found: Verification }> {
  const command = ['verify', '--from', of.from, '--to', of.to, '--report', of.report, ...more];
  const { exitCode, stdout, stderr } = await startRekindle(command).catch((error: unknown) => {
    if (error instanceof ExecaError) return error;
    throw error;
  });
  if (!stdout) throw new Error(stderr ?? 'verify says nothing');
  return { exitCode: exitCode ?? -1, found: verification.parse(JSON.parse(stdout)) };
}
