import type { z } from 'zod';
import type { RunDependencies } from '../../src/engine/run-dependencies.ts';
import { RestoreRun } from '../../src/engine/run.ts';
import { restoreOrder } from '../../src/model/order.ts';
import { createLogger } from '../../src/telemetry/log.ts';

type Order = z.input<typeof restoreOrder>;

/** A restore in this process: what a pod would be given, and its name, which is the uid too. */
export type RunOf = Pick<Order, 'kafka' | 'topics'> &
  Partial<Order> & {
    readonly name: string;
    /** Folders. */
    readonly archive: string;
    readonly report: string;
  };

/** Opens the run; the caller closes it. */
export async function openRun(
  { name, archive, report, ...more }: RunOf,
  deps: Partial<RunDependencies> = {},
): Promise<RestoreRun> {
  const order = restoreOrder.parse({
    restore: { namespace: 'test', name, uid: name },
    source: { kind: 'file', path: archive },
    ...more,
  });
  return await RestoreRun.open({
    ...{ order, reportFolder: report, identity: 'test', attempt: 1, logger: createLogger() },
    ...deps,
  });
}

/** For a restore that nobody stops. */
export const patiently = { signal: new AbortController().signal, onProgress: (): void => undefined };
