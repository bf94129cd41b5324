import type { Observation, Observed } from '../../../src/model/observation.ts';
import { restoreOf, workflowIdOf } from '../../../src/model/state.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import type { DescribedWorkflow } from '../../../src/operator/described-workflow.ts';
import { TemporalTrouble } from '../../../src/operator/temporal.ts';
import type { Workflows } from '../../../src/operator/temporal.ts';

const due = { namespace: 'default', taskQueue: 'of-before', served: 'of-now' };

/** Workflows that do nothing but take what they are told: a test decides how they end, and whether Temporal answers. */
export class PretendedWorkflows implements Workflows {
  /** Whether Temporal gives no answer. */
  away = false;
  /** Work that pods do not fetch. */
  unfetched: string | null = null;
  /** Whether no operator does the steps of workflows that are open. */
  unserved = false;
  readonly executions = new Map<string, DescribedWorkflow>();
  /** Everything that was asked for by Restore, oldest first: `start`, `signal`, and the reasons of terminations. */
  readonly #asked = new Map<string, string[]>();
  readonly #seen = new Map<string, Observation>();

  /** What the workflow of the Restore was told last. */
  seen(restore: RestoreRef): Observation | undefined {
    return this.#seen.get(workflowIdOf(restore));
  }

  asked(restore: RestoreRef): readonly string[] {
    return this.#asked.get(workflowIdOf(restore)) ?? [];
  }

  /** The open execution of the Restore closes in this way. */
  close(restore: RestoreRef, execution: Partial<DescribedWorkflow['execution']> = {}): void {
    this.#set(restore, { open: false, completed: true, closedAt: Date.now(), ...execution });
  }

  openRestores(): Promise<RestoreRef[]> {
    if (this.away) return Promise.reject(new TemporalTrouble('TemporalUnreachable', 'Temporal does not answer.'));
    const open = [...this.executions].filter(([, { execution }]) => execution.open);
    return Promise.resolve(open.map(([id]) => restoreOf(id)).filter((restore) => restore !== null));
  }

  describe(restore: RestoreRef): Promise<DescribedWorkflow | null> {
    return this.#ask(restore, null, () => {
      const described = this.executions.get(workflowIdOf(restore));
      return described === undefined
        ? null
        : { ...described, unfetched: this.unfetched, due: this.unserved ? due : null };
    });
  }

  async signal(restore: RestoreRef, observed: Observed): Promise<void> {
    await this.#ask(restore, 'signal', () => {
      if (this.#isOpen(restore)) this.#tell(restore, observed);
    });
  }

  async start(restore: RestoreRef, _: unknown, observed: Observed): Promise<void> {
    await this.#ask(restore, 'start', () => {
      this.#set(restore, { open: true, completed: false, closedAt: null });
      this.#tell(restore, observed);
    });
  }

  async terminate(restore: RestoreRef, reason: string): Promise<void> {
    await this.#ask(restore, reason, () => {
      if (this.#isOpen(restore)) this.close(restore, { completed: false });
    });
  }

  #isOpen(restore: RestoreRef): boolean {
    return this.executions.get(workflowIdOf(restore))?.execution.open === true;
  }

  #tell(restore: RestoreRef, { hash, observation }: Observed): void {
    if (this.unserved) return;
    this.#seen.set(workflowIdOf(restore), observation);
    this.#set(restore, { acknowledged: hash });
  }

  #set(restore: RestoreRef, changes: Partial<DescribedWorkflow['execution']>): void {
    const id = workflowIdOf(restore);
    const none = { open: false, completed: false, closedAt: null, acknowledged: null };
    const before = this.executions.get(id) ?? { execution: none, progress: null, unfetched: null, due: null };
    this.executions.set(id, { ...before, execution: { ...before.execution, ...changes } });
  }

  #ask<T>(restore: RestoreRef, what: string | null, answer: () => T): Promise<T> {
    if (this.away) return Promise.reject(new TemporalTrouble('TemporalUnreachable', 'Temporal does not answer.'));
    if (what !== null) this.#asked.set(workflowIdOf(restore), [...this.asked(restore), what]);
    return Promise.resolve(answer());
  }
}
