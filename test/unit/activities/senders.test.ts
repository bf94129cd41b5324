// The audit says who has sent a signal, as far as Temporal's history tells it, and without that the rest all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { withSenders } from '../../../activities/senders.ts';
import type { GivenSignal } from '../../../src/model/audit.ts';
import { asActivityOf } from '../../support/as-activity.ts';

const restore = { namespace: 'ns', name: 'orders', uid: '00000000-0000-4000-8000-000000000000' };
const at = '2026-01-01T00:00:00.000Z';
const given = (...signals: string[]): GivenSignal[] => signals.map((signal) => ({ at, signal, by: null }));

type Page = readonly (readonly [signal: string, identity: string, second?: number])[];
type Histories = Readonly<Record<string, readonly Page[]>>;

/** A Temporal with these histories by run, the oldest first, page by page; null: it does not answer. */
function temporalWith(histories: Histories | null): { connection: NativeConnection; asked: object[] } {
  const asked: object[] = [];
  const listWorkflowExecutions = ({ query }: { query: string }): Promise<object> => {
    if (histories === null) return Promise.reject(new Error('UNAVAILABLE'));
    assert.equal(query, `WorkflowId = 'restore/ns/orders/${restore.uid}'`);
    const executions = Object.keys(histories).map((runId) => ({ execution: { runId } }));
    return Promise.resolve({ executions: executions.toReversed(), nextPageToken: new Uint8Array() });
  };
  const getWorkflowExecutionHistory = async (request: Asked): Promise<object> => {
    const { nextPageToken, ...what } = request;
    asked.push(what);
    if (histories === null) throw new Error('UNAVAILABLE');
    await sleep(1);
    const pages = histories[request.execution.runId] ?? [];
    const page = nextPageToken[0] ?? 0;
    const events = (pages[page] ?? []).map(([signalName, identity, seconds = 0]) => ({
      eventTime: { seconds, nanos: 5_000_000 },
      workflowExecutionSignaledEventAttributes: { signalName, identity },
    }));
    const isLast = page + 1 >= pages.length;
    return {
      history: { events: [{ workflowTaskStartedEventAttributes: {} }, ...events] },
      nextPageToken: isLast ? new Uint8Array() : new Uint8Array([page + 1]),
    };
  };
  const withDeadline = <T>(_deadline: number, work: () => Promise<T>): Promise<T> => work();
  const workflowService = { getWorkflowExecutionHistory, listWorkflowExecutions };
  return { connection: { workflowService, withDeadline } as never, asked };
}

interface Asked {
  readonly nextPageToken: Uint8Array;
  readonly execution: { readonly runId: string };
}

const signed = (
  signals: readonly GivenSignal[],
  connection: NativeConnection | null,
): Promise<readonly GivenSignal[]> =>
  asActivityOf(restore, () => withSenders(signals, { connection, namespace: 'default' }));

const senders: readonly [string, readonly Page[], string[], (string | null)[]][] = [
  ['one signal', [[['pause', 'me@here']]], ['pause'], ['me@here']],
  ['on the second page', [[['observed', 'operator']], [['resume', 'me@here']]], ['resume'], ['me@here']],
  [
    'the same signal twice, another between, and one more that came too late',
    [
      [
        ['pause', 'a'],
        ['resume', 'b'],
        ['observed', 'operator'],
        ['pause', 'c'],
        ['resume', 'd'],
      ],
    ],
    ['pause', 'resume', 'pause'],
    ['a', 'b', 'c'],
  ],
  ['by a client that does not say who it is', [[['pause', '']]], ['pause'], [null]],
  ['one that the history does not have', [[]], ['pause'], [null]],
];
for (const [what, pages, signals, expected] of senders) {
  test(`who has sent them: ${what}`, async () => {
    const { connection, asked } = temporalWith({ run: pages });
    const of = await signed(given(...signals), connection);
    assert.deepEqual(
      of.map(({ signal, by }) => [signal, by]),
      signals.map((signal, i) => [signal, expected[i]]),
    );
    const execution = { workflowId: `restore/ns/orders/${restore.uid}`, runId: 'run' };
    assert.deepEqual(asked[0], { namespace: 'default', execution });
  });
}

test('Temporal does not answer, or there is no connection to it', async () => {
  const signals = given('pause');
  for (const connection of [temporalWith(null).connection, null]) {
    assert.deepEqual(await signed(signals, connection), signals);
  }
});

test('those that executions before were sent come first, each once, though one that was reset has them, too', async () => {
  const { connection } = temporalWith({
    first: [
      [
        ['pause', 'a', 1],
        ['observed', 'operator', 2],
        ['no-such-signal', 'b', 3],
      ],
    ],
    second: [[['resume', 'c', 4]]],
    run: [
      [
        ['resume', 'c', 4],
        ['pause', 'd', 5],
      ],
    ],
  });
  const of = await signed(given('resume', 'pause'), connection);
  assert.deepEqual(of, [
    { at: '1970-01-01T00:00:01.005Z', signal: 'pause', by: 'a' },
    { at, signal: 'resume', by: 'c' },
    { at, signal: 'pause', by: 'd' },
  ]);
});

test('its own history is not looked at for no signals', async () => {
  const { connection, asked } = temporalWith({ first: [[['pause', 'a', 1]]], run: [[]] });
  assert.deepEqual(
    (await signed([], connection)).map(({ by }) => by),
    ['a'],
  );
  assert.equal(asked.length, 1);
});
