import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from '../src/telemetry/log.ts';

/** Wait before a worker is made again, milliseconds; doubles up to the second number. */
const againAfter = [500, 10_000] as const;

export type WorkerSpec = Omit<WorkerOptions, 'connection' | 'namespace'>;

export interface WorkerLoopOptions {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** One worker for each. */
  readonly workers: readonly WorkerSpec[];
  readonly logger: Logger;
}

/**
 * Workers that are there for as long as the process wants them, whatever happens to Temporal: it may not be up yet, be
 * stopped, or come back with an empty database.
 */
export class WorkerLoop {
  readonly #options: WorkerLoopOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> | null = null;
  #workers: Worker[] = [];
  #connection: NativeConnection | null = null;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
  }

  /** The connection in use; null while there is none. */
  get connection(): NativeConnection | null {
    return this.#connection;
  }

  /** Whether all workers poll. */
  get isRunning(): boolean {
    return this.#workers.length > 0 && this.#workers.every((worker) => worker.getState() === 'RUNNING');
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Takes no more tasks; settles when those under way are answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const worker of this.#workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { logger } = this.#options;
    let pause: number = againAfter[0];
    while (!signal.aborted) {
      const started = Date.now();
      try {
        await this.#work();
      } catch (error) {
        logger.warn({ error: String(error) }, 'the Temporal workers ended, they are made again');
      }
      pause = Date.now() - started > againAfter[1] ? againAfter[0] : Math.min(pause * 2, againAfter[1]);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  async #work(): Promise<void> {
    const { address, namespace, workers } = this.#options;
    const connection = await NativeConnection.connect({ address });
    try {
      this.#connection = connection;
      this.#workers = await Promise.all(workers.map((spec) => Worker.create({ ...spec, connection, namespace })));
      if (this.#stopping.signal.aborted) return;
      const runs = this.#workers.map((worker) => worker.run());
      try {
        await Promise.race(runs);
      } finally {
        for (const worker of this.#workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        await Promise.allSettled(runs);
      }
      await Promise.all(runs);
    } finally {
      this.#workers = [];
      this.#connection = null;
      await connection.close();
    }
  }
}
