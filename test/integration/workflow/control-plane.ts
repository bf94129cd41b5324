import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { ControlActivities } from '../../../activities/contract.ts';
import { readStack } from '../../../deploy/dev/state.ts';

/**
 * The worker of the workflows, as an operator runs it, for all tests of this process: each of its own would load the
 * workflows' code into a thread of its own.
 */
export class ControlPlane {
  readonly queue = `test-${randomUUID()}`;
  readonly native: NativeConnection;
  readonly client: Client;
  readonly #activities = new Map<string, ControlActivities>();

  private constructor(native: NativeConnection, connection: Connection) {
    this.native = native;
    this.client = new Client({ connection, namespace: readStack('temporal').temporal.namespace });
  }

  /** It lasts as long as this process. */
  static async start(): Promise<ControlPlane> {
    const { temporal } = readStack('temporal');
    Runtime.install({ shutdownSignals: [], logger: { ...quiet } });
    const workflowsPath = fileURLToPath(new URL('../../../workflows/index.ts', import.meta.url));
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: { ...quiet } });
    const address = temporal.address.host;
    const native = await NativeConnection.connect({ address });
    const plane = new ControlPlane(native, await Connection.connect({ address }));
    const activities = plane.#routed();
    const { namespace } = temporal;
    const worker = await Worker.create({
      connection: native,
      namespace,
      taskQueue: plane.queue,
      workflowBundle,
      activities,
    });
    void worker.run();
    return plane;
  }

  /** From now on a workflow's activities are these. */
  serve(workflowId: string, activities: ControlActivities): void {
    this.#activities.set(workflowId, activities);
  }

  #routed(): ControlActivities {
    const own = (): ControlActivities => {
      const { workflowExecution } = Context.current().info;
      const activities = this.#activities.get(workflowExecution?.workflowId ?? '');
      if (activities === undefined) throw new Error(`nobody serves ${workflowExecution?.workflowId}`);
      return activities;
    };
    return {
      ensureJob: (request) => own().ensureJob(request),
      confirmJob: (request) => own().confirmJob(request),
      deleteJob: (request) => own().deleteJob(request),
      recallClaims: (request) => own().recallClaims(request),
      checkClaim: (request) => own().checkClaim(request),
      claimTargets: (request) => own().claimTargets(request),
      confirmApproval: (request) => own().confirmApproval(request),
      removeApproval: (request) => own().removeApproval(request),
      publishStatus: (report) => own().publishStatus(report),
      publishProgress: (request) => own().publishProgress(request),
    };
  }
}

const quiet = {
  level: 'ERROR' as const,
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string, meta?: unknown) => console.error(message, meta),
};
