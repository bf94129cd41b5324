import { Context } from '@temporalio/activity';
import type { NativeConnection } from '@temporalio/worker';
import type { GivenSignal } from '../src/model/audit.ts';

/** How long Temporal may take to say who has sent signals, milliseconds: they are no reason to wait with an end. */
const withinMs = 5_000;

interface Sent {
  readonly signal: string;
  readonly by: string | null;
}

/** What is asked of Temporal. */
type Histories = Pick<NativeConnection['workflowService'], 'getWorkflowExecutionHistory'>;

/**
 * The signals with who has sent each, as the workflow that asks for this activity has it in its history: a workflow is not
 * told. Without them where Temporal does not say so.
 */
export async function withSenders(
  signals: readonly GivenSignal[],
  { connection, namespace }: { readonly connection: NativeConnection | null; readonly namespace: string },
): Promise<readonly GivenSignal[]> {
  const { workflowExecution } = Context.current().info;
  if (signals.length === 0 || connection === null || workflowExecution === undefined) return signals;
  try {
    const ask = { namespace, execution: workflowExecution };
    const look = (): Promise<Sent[]> => sentSignals(connection.workflowService, ask);
    return signedBy(signals, await connection.withDeadline(Date.now() + withinMs, look));
  } catch {
    return signals;
  }
}

/** All signals in the history of an execution, oldest first. */
export async function sentSignals(
  histories: Histories,
  ask: { readonly namespace: string; readonly execution: { readonly workflowId: string; readonly runId: string } },
): Promise<Sent[]> {
  const sent: Sent[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await histories.getWorkflowExecutionHistory({ ...ask, nextPageToken });
    for (const { workflowExecutionSignaledEventAttributes: signaled } of page.history?.events ?? []) {
      if (signaled?.signalName) sent.push({ signal: signaled.signalName, by: signaled.identity || null });
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return sent;
}

/** The workflow was given them in the order in which they stand in its history; the last ones there it may not have seen. */
export function signedBy(signals: readonly GivenSignal[], sent: readonly Sent[]): GivenSignal[] {
  const senders = Map.groupBy(sent, ({ signal }) => signal);
  return signals.map((given) => ({ ...given, by: senders.get(given.signal)?.shift()?.by ?? null }));
}
