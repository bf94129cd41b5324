import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import { WorkQueue } from '../kube/queue.ts';
import { inWords } from '../kube/errors.ts';
import type { CustomObject } from '../kube/objects.ts';
import type { Claims } from '../../activities/claims.ts';
import type { Logger } from '../telemetry/log.ts';
import { Cluster } from './cluster.ts';
import { endOrphans } from './orphans.ts';
import { Places } from './places.ts';
import type { ReportVolume } from './report-claim.ts';
import { Restores } from './restores.ts';
import type { Workflows } from './temporal.ts';

export interface ControllerOptions {
  readonly kube: KubeClient;
  readonly namespaces: readonly string[];
  readonly temporal: Workflows;
  readonly claims: Claims;
  readonly events: EventRecorder;
  readonly reportVolume: ReportVolume;
  readonly logger: Logger;
}

/** Time until a Storage whose volume claim could not be made is looked at again, milliseconds. */
const storageAgainMs = 15_000;
/** Time between two looks for workflows whose Restores are gone, milliseconds. */
const orphansEveryMs = 600_000;
/** They are looked for all at once. */
const allOrphans = 'all';
/** How many objects of a kind are looked at at once. */
const workers = 4;

/** Watches, and looks at what has changed: one object at a time, all of it every time. */
export class Controller {
  readonly #cluster: Cluster;
  readonly #queues: readonly WorkQueue[];

  constructor(options: ControllerOptions) {
    const { kube, namespaces, logger } = options;
    const queue = (handle: (namespace: string, name: string) => Promise<void>): WorkQueue =>
      new WorkQueue({
        workers,
        logger,
        handle: async (key) => {
          const [namespace = '', name = ''] = key.split('/');
          await handle(namespace, name);
        },
      });
    const orphanQueue = new WorkQueue({
      workers: 1,
      logger,
      handle: async (key) => {
        await endOrphans(kube, options.temporal, logger);
        orphanQueue.addAfter(key, orphansEveryMs);
      },
    });
    orphanQueue.add(allOrphans);
    const restoreQueue = queue((namespace, name) => restores.look(namespace, name));
    const storageQueue = queue((namespace, name) => places.lookAtStorage(namespace, name));
    const eventHubQueue = queue((namespace, name) => places.lookAtEventHub(namespace, name));
    this.#queues = [restoreQueue, storageQueue, eventHubQueue, orphanQueue];

    const letWorkflowEnd = ({ metadata }: CustomObject): void => {
      const { namespace = '', name, uid } = metadata;
      restores.gone({ namespace, name, uid }).catch((error: unknown) => {
        logger.warn({ namespace, name, error: inWords(error) }, 'the workflow of a Restore that is gone was not ended');
        orphanQueue.add(allOrphans);
      });
    };
    this.#cluster = new Cluster(kube, namespaces, logger, {
      restore: (key) => restoreQueue.add(key),
      restoreGone: letWorkflowEnd,
      storage: (key) => storageQueue.add(key),
      eventHub: (key) => eventHubQueue.add(key),
    });
    const restores = new Restores({
      ...options,
      cluster: this.#cluster,
      lookAgain: (key, ms) => restoreQueue.addAfter(key, ms),
    });
    const places = new Places(kube, this.#cluster, (key) => storageQueue.addAfter(key, storageAgainMs));
  }

  start(): void {
    this.#cluster.start();
    for (const queue of this.#queues) queue.start();
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    await Promise.all(this.#queues.map((queue) => queue.stop()));
  }
}
