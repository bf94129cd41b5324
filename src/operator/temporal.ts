import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { z } from 'zod';
import { isErrand } from '../model/approval.ts';
import type { Execution } from '../model/attention.ts';
import type { Observed } from '../model/observation.ts';
import { podProgress } from '../model/pod-progress.ts';
import type { PodProgress } from '../model/pod-progress.ts';
import { initialState, workflowIdOf } from '../model/state.ts';
import type { RestoreRef } from '../model/state.ts';
import type { RestoreStatus } from '../model/resources/restore-status.ts';
import { acknowledgedMemo, observedSignal, workflowType } from '../../workflows/messages.ts';
import { allSearchAttributes, restoreName, restoreNamespace } from '../../workflows/search-attributes.ts';

/** How long Temporal may take to answer, milliseconds. */
const answerWithinMs = 5_000;

const acknowledged = z.object({ [acknowledgedMemo]: z.string().optional() });

/** IndexedValueType.KEYWORD of Temporal's API. */
const keyword = 2;

/** Temporal gave no answer. */
export class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
}

export interface DescribedWorkflow {
  readonly execution: Execution;
  /** Out of the heartbeat of the pod; null while no pod is at work. */
  readonly progress: PodProgress | null;
}

/** What the operator asks of the workflows. */
export type Workflows = Pick<TemporalGateway, keyof TemporalGateway>;

/** The workflows, as far as the operator has to do with them. Every method throws TemporalUnreachable without an answer. */
export class TemporalGateway {
  readonly #connection: () => NativeConnection | null;
  readonly #namespace: string;
  readonly #taskQueue: string;

  constructor(connection: () => NativeConnection | null, namespace: string, taskQueue: string) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#taskQueue = taskQueue;
  }

  /** The newest execution of the Restore's workflow; null if Temporal knows none. */
  async describe(restore: RestoreRef): Promise<DescribedWorkflow | null> {
    return await this.#ask(async (client) => {
      try {
        return described(await client.workflow.getHandle(workflowIdOf(restore)).describe());
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    });
  }

  /**
   * Tells the open execution what is seen. Without effect if it has closed meanwhile: whether another one is to be started
   * is decided by looking again.
   */
  async signal(restore: RestoreRef, observed: Observed): Promise<void> {
    await this.#ask((client) =>
      ifThere(() => client.workflow.getHandle(workflowIdOf(restore)).signal(observedSignal, observed)),
    );
  }

  /** Starts an execution that begins with what the status remembers, and tells it what is seen. */
  async start(restore: RestoreRef, status: RestoreStatus, observed: Observed): Promise<void> {
    await this.#ask(async (client, connection) => {
      const start = (): Promise<unknown> =>
        client.workflow.signalWithStart(workflowType, {
          workflowId: workflowIdOf(restore),
          taskQueue: this.#taskQueue,
          args: [initialState(restore, status, isErrand(observed.observation, status))],
          signal: observedSignal,
          signalArgs: [observed],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `Restore ${restore.namespace}/${restore.name}`,
          typedSearchAttributes: [
            { key: restoreNamespace, value: restore.namespace },
            { key: restoreName, value: restore.name },
          ],
        });
      try {
        await start();
      } catch (error) {
        if (!/search attribute/i.test(`${String(error)} ${String(causeOf(error))}`)) throw error;
        await this.#registerSearchAttributes(connection);
        await start();
      }
    });
  }

  /** Ends the workflow without any further step of it. Without effect if none is open. */
  async terminate(restore: RestoreRef, reason: string): Promise<void> {
    await this.#ask((client) => ifThere(() => client.workflow.getHandle(workflowIdOf(restore)).terminate(reason)));
  }

  async #registerSearchAttributes(connection: NativeConnection): Promise<void> {
    const searchAttributes = Object.fromEntries(allSearchAttributes.map(({ name }) => [name, keyword]));
    await connection.operatorService.addSearchAttributes({ namespace: this.#namespace, searchAttributes });
  }

  async #ask<T>(question: (client: Client, connection: NativeConnection) => Promise<T>): Promise<T> {
    const connection = this.#connection();
    if (connection === null) throw new TemporalUnreachable('There is no connection to Temporal.');
    const client = new Client({ connection, namespace: this.#namespace });
    try {
      return await client.withDeadline(Date.now() + answerWithinMs, () => question(client, connection));
    } catch (error) {
      throw new TemporalUnreachable(`Temporal does not answer: ${String(causeOf(error) ?? error)}`, { cause: error });
    }
  }
}

/** Does it, unless there is no open execution. */
async function ifThere(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

function described({ status, closeTime, memo, raw }: WorkflowExecutionDescription): DescribedWorkflow {
  const execution: Execution = {
    open: status.name === 'RUNNING' || status.name === 'PAUSED',
    completed: status.name === 'COMPLETED',
    closedAt: closeTime?.getTime() ?? null,
    acknowledged: acknowledged.safeParse(memo).data?.[acknowledgedMemo] ?? null,
  };
  const beats = (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []);
  const measured = beats
    .map((payload) => podProgress.safeParse(defaultPayloadConverter.fromPayload(payload)))
    .flatMap(({ data }) => (data === undefined ? [] : [data]))
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  return { execution, progress: measured[0] ?? null };
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
