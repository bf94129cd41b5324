import { execa, ExecaError, type ResultPromise } from 'execa';
import { join } from 'node:path';
import { z } from 'zod';
import { proofRecord } from '../../src/model/report.ts';

const checkout = join(import.meta.dirname, '../..');
const program = join(checkout, 'src/cli/rekindle.ts');
/** What `npm run build` makes of it, and users run. */
export const builtProgram = join(checkout, 'dist/src/cli/rekindle.js');

const restored = z.object({
  restore: z.literal('done'),
  records: z.number(),
  bytes: z.number(),
  resumedFrom: z.number(),
  epoch: z.number(),
  seconds: z.number(),
  proof: proofRecord.nullish(),
  audit: z.looseObject({ written: z.boolean() }).optional(),
  held: z.array(z.object({ topic: z.string(), message: z.string() })).default([]),
});
export type Restored = z.infer<typeof restored>;

export interface RestoreArguments {
  from: string;
  to: string;
  /** `source=target` each. */
  topics: readonly string[];
  report: string;
  maxBytesPerSecond?: number;
  maxRecordsPerSecond?: number;
  existingData?: 'append';
  guardTarget?: boolean;
  delivery?: 'transactional' | 'idempotent';
  /** Of the connection to Kafka, by librdkafka names. */
  properties?: Readonly<Record<string, string>>;
  /** What is agreed to. */
  approve?: string;
  /** Default ledger. */
  proof?: 'ledger' | 'read-back';
  /** Step at which the process kills itself: see `src/engine/steps.ts`. */
  stopAt?: string;
  /** Another `rekindle.ts` than this checkout's. */
  program?: string;
}

/** Exit code of a restore that another process has taken over, that was in another one's way, or that was interrupted. */
export const RUN_AGAIN = 3;

/** Starts the `rekindle` command with Node; it is not waited for. */
export function startRekindle(
  args: readonly string[],
  env: Record<string, string> = {},
  file = program,
): ResultPromise<{ all: true; stdin: 'ignore' }> {
  return execa(process.execPath, [file, ...args], { env, all: true, stdin: 'ignore' });
}

/** Runs the `rekindle` command and returns the JSON on its standard output. */
export async function rekindle(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { stdout } = await startRekindle(args, env);
  return JSON.parse(stdout);
}

export const restoreArguments = (of: RestoreArguments): string[] => [
  'restore',
  ...['--from', of.from, '--to', of.to, '--topics', of.topics.join(','), '--report', of.report],
  ...(of.proof ? ['--proof', of.proof] : []),
  ...(of.maxBytesPerSecond ? ['--max-bytes-per-second', String(of.maxBytesPerSecond)] : []),
  ...(of.maxRecordsPerSecond ? ['--max-records-per-second', String(of.maxRecordsPerSecond)] : []),
  ...(of.existingData ? ['--existing-data', of.existingData] : []),
  ...(of.guardTarget ? ['--guard-target'] : []),
  ...(of.delivery ? ['--delivery', of.delivery] : []),
  ...Object.entries(of.properties ?? {}).flatMap(([name, value]) => ['--property', `${name}=${value}`]),
  ...(of.approve ? ['--approve', of.approve] : []),
];

/** Starts a restore; it is not waited for. */
export function startRestore(of: RestoreArguments): ReturnType<typeof startRekindle> {
  return startRekindle(restoreArguments(of), of.stopAt ? { REKINDLE_STOP_AT: of.stopAt } : {}, of.program);
}

/** A restore to its end. @throws ExecaError with the program's own words */
export async function restore(of: RestoreArguments): Promise<Restored> {
  const { stdout } = await startRestore(of);
  return restored.parse(JSON.parse(stdout));
}

/** A restore that must be refused or fail: what it says on standard error. */
export async function refusedRestore(of: RestoreArguments): Promise<string> {
  try {
    await startRestore(of);
  } catch (error) {
    if (error instanceof ExecaError && error.signal === undefined) return String(error.stderr);
    throw error;
  }
  throw new Error('the restore was expected to be refused, but it succeeded');
}

/** A restore that must die by its own hand at a step. */
export async function killedRestore(of: RestoreArguments & { stopAt: string }): Promise<void> {
  const { signal, all } = await startRestore(of).catch((error: unknown) => {
    if (error instanceof ExecaError) return error;
    throw error;
  });
  if (signal !== 'SIGKILL') throw new Error(`the process never came to ${of.stopAt}: ${String(all)}`);
}

/** Backs topics up into a folder. */
export async function backup(of: { from: string; to: string; topics: readonly string[] }): Promise<void> {
  await rekindle(['backup', '--from', of.from, '--to', of.to, '--topics', of.topics.join(',')]);
}
