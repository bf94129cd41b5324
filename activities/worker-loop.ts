import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { backoffMs } from '../src/model/backoff.ts';
import type { Logger } from '../src/telemetry/log.ts';

/** Wait before the workers are made again. Those that ran for longer than the longest wait have not failed in a row. */
const againAfter = { firstMs: 500, maxMs: 10_000 };

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
  #trouble: unknown = null;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
  }

  /** The connection in use; null while there is none. */
  get connection(): NativeConnection | null {
    return this.#connection;
  }

  /** What the last connection, or the workers on it, ended with; null where none has. */
  get trouble(): unknown {
    return this.#trouble;
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
    let failures = 0;
    while (!signal.aborted) {
      const started = Date.now();
      try {
        await this.#work();
      } catch (error) {
        this.#trouble = error;
        logger.warn({ error: String(error) }, 'the Temporal workers ended, they are made again');
      }
      failures = Date.now() - started > againAfter.maxMs ? 1 : failures + 1;
      await sleep(backoffMs(failures, againAfter), undefined, { signal }).catch(() => undefined);
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
