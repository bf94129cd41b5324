import { once } from 'node:events';
import { Claims } from '../../activities/claims.ts';
import { createControlActivities } from '../../activities/control.ts';
import { installTemporal } from '../../activities/install-temporal.ts';
import { WorkerLoop } from '../../activities/worker-loop.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/events.ts';
import { LeaderElection } from '../kube/lease.ts';
import { kinds } from '../kube/objects.ts';
import { createLogger } from '../telemetry/log.ts';
import { Controller } from './controller.ts';
import { readEnvironment } from './environment.ts';
import { serveHealth } from './health.ts';
import { TemporalGateway } from './temporal.ts';
import { workflowSource } from './workflow-source.ts';

/**
 * The operator. Every replica runs workflows and control activities; the leader also watches Kubernetes and signals. It
 * touches nothing but the Kubernetes API and Temporal.
 */
async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const { POD_NAMESPACE, POD_NAME, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = environment;
  const logger = createLogger({ operator: POD_NAME });
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  installTemporal(logger);

  const kube = KubeClient.fromDefault();
  const taskQueue = `rekindle-${await clusterId(kube)}-${POD_NAMESPACE}`;
  const claims = new Claims(kube, POD_NAMESPACE);
  const activities = createControlActivities({
    kube,
    claims,
    jobs: {
      image: environment.REKINDLE_IMAGE,
      serviceAccount: environment.REKINDLE_RESTORE_SERVICE_ACCOUNT,
      temporalAddress: environment.REKINDLE_POD_TEMPORAL_ADDRESS ?? TEMPORAL_ADDRESS,
      temporalNamespace: TEMPORAL_NAMESPACE,
      logLevel: environment.REKINDLE_LOG_LEVEL,
      obeysStopAt: environment.REKINDLE_OBEY_STOP_AT,
    },
  });
  const workers = new WorkerLoop({
    address: TEMPORAL_ADDRESS,
    namespace: TEMPORAL_NAMESPACE,
    logger,
    workers: [
      {
        taskQueue,
        activities,
        ...workflowSource(),
        maxCachedWorkflows: 500,
        // A replica that is gone is not waited for longer than this before another one takes its workflows.
        stickyQueueScheduleToStartTimeout: '2s',
        shutdownGraceTime: '5s',
      },
    ],
  });
  workers.start();

  const controller = new Controller({
    kube,
    claims,
    logger,
    namespaces: environment.REKINDLE_NAMESPACES,
    temporal: new TemporalGateway({
      connection: () => workers.connection,
      trouble: () => workers.trouble,
      address: TEMPORAL_ADDRESS,
      namespace: TEMPORAL_NAMESPACE,
      taskQueue,
    }),
    events: new EventRecorder({ client: kube, component: 'rekindle.dev/operator', instance: POD_NAME, logger }),
    reportVolume: {
      size: environment.REKINDLE_REPORT_SIZE,
      storageClass: environment.REKINDLE_REPORT_STORAGE_CLASS,
    },
  });
  const election = new LeaderElection({
    client: kube,
    namespace: POD_NAMESPACE,
    name: 'rekindle-operator',
    identity: POD_NAME,
    logger,
    onAcquired: () => controller.start(),
    // Another may lead already: nothing that is under way here may be finished.
    onLost: () => process.exit(1),
  });
  election.start();
  serveHealth(environment.REKINDLE_HEALTH_PORT, () => workers.isRunning);

  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  await controller.stop();
  await election.stop();
  await workers.stop();
  process.exit(0);
}

/** The UID of `kube-system`: two clusters on one Temporal do not take each other's tasks. */
async function clusterId(kube: KubeClient): Promise<string> {
  const namespace = await kube.get(kinds.Namespace, { name: 'kube-system' });
  if (namespace === null) throw new Error('The namespace kube-system cannot be read: it names the cluster.');
  return namespace.metadata.uid;
}

await main();
