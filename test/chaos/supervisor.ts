import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason } from '../../src/model/reasons.ts';
import type { Ending } from './ending.ts';
import { RestoreProcess, type ProcessOptions } from './restore-process.ts';
import type { Trace } from './trace.ts';

/** How a restore ended, whatever processes it took. */
export type Outcome = { how: 'done' } | { how: 'halted'; reason: Reason; message: string } | { how: 'unfinished' };

export interface SupervisorOptions extends ProcessOptions {
  trace: Trace;
  /** Between the end of one process and the start of the next. Milliseconds. */
  pauseMs: number;
  /** Called with every process that was killed, before another one begins; false as second: others live. */
  onKilled: (alone: boolean) => Promise<void>;
}

/** Time for a process to see that another one is in charge, or that all is done. */
const LAST_MS = 45_000;

/**
 * Starts processes of one restore, as a Job controller does: another one when one ends, until one says Done or halts by
 * name. Strikes may start more of them: the controller of a lost node does not know better.
 */
export class Supervisor {
  readonly outcome: Promise<Outcome>;
  crashes = 0;
  kills = 0;
  readonly #options: SupervisorOptions;
  readonly #processes: RestoreProcess[] = [];
  readonly #steps: string[] = [];
  readonly #settle: (outcome: Outcome) => void;
  #settled = false;
  #held: PromiseWithResolvers<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.#settle = (outcome) => {
      this.#settled = true;
      resolve(outcome);
    };
  }

  /** The newest process that runs, if any does. */
  get active(): RestoreProcess | undefined {
    return this.#processes.findLast(({ alive, frozen }) => alive && !frozen);
  }

  /** Whether any process is there, frozen ones too. */
  get anybody(): boolean {
    return this.#processes.some(({ alive }) => alive);
  }

  /** Each of the next processes kills itself at its step (`src/engine/steps.ts`). */
  stopNext(steps: readonly string[]): void {
    this.#steps.push(...steps);
  }

  start(): RestoreProcess {
    const { trace, env, program, args } = this.#options;
    const step = this.#steps.shift();
    const started = new RestoreProcess(this.#processes.length + 1, {
      program,
      args,
      env: { ...env, ...(step === undefined ? {} : { REKINDLE_STOP_AT: step }) },
    });
    this.#processes.push(started);
    trace.note('process started', { process: started.number, pid: started.pid, step });
    void started.ended.then((ending) => this.#onEnd(started, ending));
    return started;
  }

  /** No process is started in place of one that ends, until the returned function is called. */
  hold(): () => void {
    this.#held ??= Promise.withResolvers();
    const held = this.#held;
    return () => {
      if (this.#held === held) this.#held = undefined;
      held.resolve();
    };
  }

  /** Time is up. */
  giveUp(): void {
    this.#settle({ how: 'unfinished' });
  }

  /**
   * After the outcome: whoever is still there must find out by himself.
   * @returns numbers of processes that did not
   */
  async finish(): Promise<number[]> {
    const deadline = Date.now() + LAST_MS;
    const lingering: number[] = [];
    for (const last of this.#processes) {
      last.thaw();
      const late = sleep(Math.max(0, deadline - Date.now()), 'late' as const, { ref: false });
      if ((await Promise.race([last.ended, late])) !== 'late') continue;
      lingering.push(last.number);
      last.kill();
      await last.ended;
    }
    return lingering;
  }

  async #onEnd(ended: RestoreProcess, ending: Ending): Promise<void> {
    this.#options.trace.note('process ended', { process: ended.number, ...ending, log: ended.log });
    if (ending.how === 'killed') {
      this.kills += 1;
      await this.#options.onKilled(!this.anybody);
    }
    if (ending.how === 'crashed') this.crashes += 1;
    if (this.#settled) return;
    if (ending.how === 'done') this.#settle(ending);
    else if (ending.how === 'halted') this.#settle(ending);
    else await this.#replace();
  }

  /** Another one is started when nobody is left, unless somebody else has done so meanwhile. */
  async #replace(): Promise<void> {
    await sleep(this.#options.pauseMs);
    await this.#held?.promise;
    if (!this.#settled && this.active === undefined) this.start();
  }
}
