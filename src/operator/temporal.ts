import { Client, ServiceError, WorkflowNotFoundError, isGrpcServiceError } from '@temporalio/client';
import { IllegalStateError, NamespaceNotFoundError } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { isErrand } from '../model/approval.ts';
import type { Observed } from '../model/observation.ts';
import { initialState, restoreOf, workflowIdOf } from '../model/state.ts';
import type { RestoreRef } from '../model/state.ts';
import type { TemporalReason } from '../model/status-order.ts';
import type { RestoreStatus } from '../model/resources/restore-status.ts';
import { observedSignal, workflowType } from '../../workflows/messages.ts';
import { allSearchAttributes, restoreName, restoreNamespace } from '../../workflows/search-attributes.ts';
import { describedWorkflow } from './described-workflow.ts';
import type { DescribedWorkflow } from './described-workflow.ts';

/** How long Temporal may take to answer, milliseconds. */
const answerWithinMs = 5_000;

/** IndexedValueType.KEYWORD of Temporal's API. */
const keyword = 2;

/** Codes of gRPC for an answer that did not come: CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE. */
const noAnswer: readonly number[] = [1, 4, 14];

/** Temporal gave no answer, or does not do what it is asked for. The message is for a person. */
export class TemporalTrouble extends Error {
  readonly reason: TemporalReason;

  constructor(reason: TemporalTrouble['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = reason;
    this.reason = reason;
  }
}

/** What the operator asks of the workflows. */
export type Workflows = Pick<TemporalGateway, keyof TemporalGateway>;

export interface TemporalGatewayOptions {
  /** Null while there is none. */
  readonly connection: () => NativeConnection | null;
  /** What the last connection ended with, or could not be made for; null where nothing is known. */
  readonly trouble: () => unknown;
  /** `host:port` of Temporal's frontend, for messages. */
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** The workflows, as far as the operator has to do with them. Every method throws TemporalTrouble. */
export class TemporalGateway {
  readonly #options: TemporalGatewayOptions;

  constructor(options: TemporalGatewayOptions) {
    this.#options = options;
  }

  /** The newest execution of the Restore's workflow; null if Temporal knows none. */
  async describe(restore: RestoreRef): Promise<DescribedWorkflow | null> {
    return await this.#ask(async (client) => {
      try {
        return describedWorkflow(await client.workflow.getHandle(workflowIdOf(restore)).describe(), this.#options);
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
          taskQueue: this.#options.taskQueue,
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

  /** The Restores whose workflows are open, as Temporal's index has them: it is some seconds late. */
  async openRestores(): Promise<RestoreRef[]> {
    const { taskQueue } = this.#options;
    const query = `WorkflowType = '${workflowType}' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
    const found: RestoreRef[] = [];
    await this.#ask(async (client) => {
      for await (const { workflowId } of client.workflow.list({ query })) {
        const restore = restoreOf(workflowId);
        if (restore !== null) found.push(restore);
      }
    });
    return found;
  }

  /** Ends the workflow without any further step of it. Without effect if none is open. */
  async terminate(restore: RestoreRef, reason: string): Promise<void> {
    await this.#ask((client) => ifThere(() => client.workflow.getHandle(workflowIdOf(restore)).terminate(reason)));
  }

  async #registerSearchAttributes(connection: NativeConnection): Promise<void> {
    const searchAttributes = Object.fromEntries(allSearchAttributes.map(({ name }) => [name, keyword]));
    await connection.operatorService.addSearchAttributes({ namespace: this.#options.namespace, searchAttributes });
  }

  async #ask<T>(question: (client: Client, connection: NativeConnection) => Promise<T>): Promise<T> {
    const { address, namespace } = this.#options;
    const connection = this.#options.connection();
    if (connection === null) throw withoutConnection(address, this.#options.trouble());
    const client = new Client({ connection, namespace });
    try {
      return await client.withDeadline(Date.now() + answerWithinMs, () => question(client, connection));
    } catch (error) {
      throw troubleIn(error, address);
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

function withoutConnection(address: string, cause: unknown): TemporalTrouble {
  const why = cause === null ? '' : `: ${nativeWords(cause)}`;
  return new TemporalTrouble('TemporalUnreachable', `There is no connection to Temporal at ${address}${why}.`, {
    cause,
  });
}

/** The native client prints what it holds of an error, all of it; a sentence is in there, if there is one. */
function nativeWords(error: unknown): string {
  const printed = error instanceof Error ? error.message : String(error);
  const said = /\b(?:message|error): "([^"]+)"/.exec(printed)?.[1] ?? printed;
  return said.replace(/\.$/, '');
}

/** What the error means for whoever waits for Temporal; one that Temporal has nothing to do with as it is. */
function troubleIn(error: unknown, address: string): unknown {
  const said = grpcErrorIn(error);
  const isAway = error instanceof IllegalStateError || (said !== null && noAnswer.includes(said.code));
  if (isAway) {
    const why = said?.details ?? 'the connection was closed';
    return new TemporalTrouble('TemporalUnreachable', `Temporal at ${address} does not answer: ${why}.`, {
      cause: error,
    });
  }
  if (said === null && !(error instanceof ServiceError) && !(error instanceof NamespaceNotFoundError)) return error;
  const why = said?.details ?? (error instanceof Error ? error.message : String(error));
  return new TemporalTrouble('TemporalRefused', `Temporal at ${address} refuses what it is asked for: ${why}.`, {
    cause: error,
  });
}

function grpcErrorIn(error: unknown): { readonly code: number; readonly details: string } | null {
  for (let found = error; found !== undefined; found = causeOf(found)) if (isGrpcServiceError(found)) return found;
  return null;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
