import { Context } from '@temporalio/activity';
import type { NativeConnection } from '@temporalio/worker';
import type { GivenSignal } from '../src/model/audit.ts';
import { isOfPeople } from '../src/model/signals.ts';

/** How long Temporal may take to say who has sent signals, milliseconds: they are no reason to wait with an end. */
const withinMs = 5_000;

type Temporal = NativeConnection['workflowService'];

/** What is asked of Temporal. */
type Histories = Pick<Temporal, 'getWorkflowExecutionHistory'>;

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

interface Ask {
  readonly namespace: string;
  readonly execution: Execution;
}

/**
 * All signals that people gave the workflow that asks for this activity, with who has sent each. This execution knows its
 * own (`signals`), but a workflow is not told by whom; of those before it only Temporal knows.
 * @returns what can be had: nothing of what Temporal does not say in time
 */
export async function withSenders(
  signals: readonly GivenSignal[],
  { connection, namespace }: { readonly connection: NativeConnection | null; readonly namespace: string },
): Promise<readonly GivenSignal[]> {
  const { workflowExecution } = Context.current().info;
  if (connection === null || workflowExecution === undefined) return signals;
  const { workflowService: temporal } = connection;
  const asked = async <T>(look: () => Promise<T>, otherwise: T): Promise<T> =>
    connection.withDeadline(Date.now() + withinMs, look).catch(() => otherwise);

  const ofThis = { namespace, execution: workflowExecution };
  const sent = signals.length === 0 ? [] : await asked(() => sentSignals(temporal, ofThis), []);
  const before = await asked(async () => {
    const all: GivenSignal[] = [];
    for (const execution of await executionsBefore(temporal, ofThis)) {
      all.push(...(await sentSignals(temporal, { namespace, execution })));
    }
    return all.filter(({ signal }) => isOfPeople(signal));
  }, []);
  return [...notIn(sent, before), ...signedBy(signals, sent)];
}

/** An execution that was reset begins with what the one before it was sent until then, each of it once is enough. */
function notIn(sent: readonly GivenSignal[], before: readonly GivenSignal[]): GivenSignal[] {
  const known = new Set(sent.map((one) => JSON.stringify(one)));
  return before.filter((one) => {
    const key = JSON.stringify(one);
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

/** The other executions of a workflow, oldest first. Temporal lists them with a little delay; these are over for long. */
async function executionsBefore(
  temporal: Pick<Temporal, 'listWorkflowExecutions'>,
  { namespace, execution: { workflowId, runId } }: Ask,
): Promise<Execution[]> {
  const executions: Execution[] = [];
  const query = `WorkflowId = '${workflowId}'`;
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await temporal.listWorkflowExecutions({ namespace, query, nextPageToken });
    // The newest come first.
    for (const { execution } of page.executions) {
      if (execution?.runId && execution.runId !== runId) executions.unshift({ workflowId, runId: execution.runId });
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return executions;
}

/** All signals in the history of an execution, oldest first. */
export async function sentSignals(histories: Histories, ask: Ask): Promise<GivenSignal[]> {
  const sent: GivenSignal[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await histories.getWorkflowExecutionHistory({ ...ask, nextPageToken });
    for (const { eventTime, workflowExecutionSignaledEventAttributes: signaled } of page.history?.events ?? []) {
      if (!signaled?.signalName) continue;
      const at = new Date(Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6).toISOString();
      sent.push({ at, signal: signaled.signalName, by: signaled.identity || null });
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return sent;
}

/** The workflow was given them in the order in which they stand in its history; the last ones there it may not have seen. */
export function signedBy(signals: readonly GivenSignal[], sent: readonly GivenSignal[]): GivenSignal[] {
  const senders = Map.groupBy(sent, ({ signal }) => signal);
  return signals.map((given) => ({ ...given, by: senders.get(given.signal)?.shift()?.by ?? null }));
}
