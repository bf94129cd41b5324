import { readFileSync, writeFileSync } from 'node:fs';
import type { Closing } from '../../activities/contract.ts';
import { PodRun } from '../../activities/pod-run.ts';
import { createRestoreActivities } from '../../activities/restore.ts';
import { withSenders } from '../../activities/senders.ts';
import { Supervision } from '../../activities/supervision.ts';
import { installTemporal } from '../../activities/install-temporal.ts';
import { WorkerLoop } from '../../activities/worker-loop.ts';
import { RestoreRun } from '../engine/run.ts';
import { stepFromEnvironment } from '../engine/steps.ts';
import { restoreOrder } from '../model/order.ts';
import { jobQueue, podQueue } from '../model/queues.ts';
import { createLogger } from '../telemetry/log.ts';
import { readEnvironment } from './environment.ts';

/** Exit code of a process that ended because it was told to (128 + SIGTERM): the Job has not been completed. */
const terminated = 143;

/** How long Temporal may take to answer a probe, milliseconds. */
const probeWithinMs = 5_000;

/** One attempt of one Restore: opens the report, does what the workflow asks, and ends with it. */
async function main(): Promise<number> {
  const environment = readEnvironment(process.env);
  const podUid = environment.REKINDLE_POD_UID;
  const logger = createLogger({ pod: environment.REKINDLE_POD_NAME });
  // SIGTERM is handled here: first the flush, then the workers.
  installTemporal(logger);

  const order = restoreOrder.parse(JSON.parse(readFileSync(environment.REKINDLE_ORDER, 'utf8')));
  const step = stepFromEnvironment(environment.REKINDLE_STOP_AT);
  const run = new PodRun({
    logger,
    open: (attempt, errand) =>
      RestoreRun.open({
        order,
        attempt,
        onlyPutBack: errand,
        logger,
        step,
        reportFolder: environment.REKINDLE_REPORT_FOLDER,
        identity: environment.REKINDLE_POD_NAME,
        image: environment.REKINDLE_IMAGE,
      }),
  });
  const supervision = new Supervision({
    logger,
    probe: async () => {
      const { connection } = workers;
      if (connection === null) throw new Error('there is no connection');
      await connection.withDeadline(Date.now() + probeWithinMs, () => connection.workflowService.getSystemInfo({}));
    },
    onUnwatched: () => void run.pause(),
  });
  const activities = createRestoreActivities({
    ...{ run, queue: podQueue(podUid), podUid, supervision },
    withSenders: (signals) =>
      withSenders(signals, { connection: workers.connection, namespace: environment.TEMPORAL_NAMESPACE }),
  });
  const common = { maxHeartbeatThrottleInterval: '2s', shutdownGraceTime: '20s', shutdownForceTime: '25s' } as const;
  const workers = new WorkerLoop({
    address: environment.TEMPORAL_ADDRESS,
    namespace: environment.TEMPORAL_NAMESPACE,
    logger,
    workers: [
      // Whichever pod of the Job is here opens the report; everything else is asked of this very pod.
      { ...common, taskQueue: jobQueue(environment.REKINDLE_JOB_UID), activities },
      { ...common, taskQueue: podQueue(podUid), activities },
    ],
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void run.interrupt());
  workers.start();

  const closing = await run.ended;
  supervision.stop();
  await workers.stop();
  return exitCode(closing, environment.REKINDLE_TERMINATION_LOG);
}

function exitCode(closing: Closing | null, terminationLog: string): number {
  if (closing === null) return terminated;
  if (closing.as !== 'Failed') return 0;
  writeFileSync(terminationLog, `${closing.trouble.reason}: ${closing.trouble.message}`.slice(0, 4096));
  return 1;
}

process.exit(await main());
