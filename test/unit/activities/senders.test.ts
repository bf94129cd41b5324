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

type Page = readonly (readonly [signal: string, identity: string])[];

/** A Temporal with this history, page by page; null: it does not answer. */
function temporalWith(pages: readonly Page[] | null): { connection: NativeConnection; asked: object[] } {
  const asked: object[] = [];
  const getWorkflowExecutionHistory = async (request: { nextPageToken: Uint8Array }): Promise<object> => {
    const { nextPageToken, ...what } = request;
    asked.push(what);
    if (pages === null) throw new Error('UNAVAILABLE');
    await sleep(1);
    const page = nextPageToken[0] ?? 0;
    const events = (pages[page] ?? []).map(([signalName, identity]) => ({
      workflowExecutionSignaledEventAttributes: { signalName, identity },
    }));
    const isLast = page + 1 >= pages.length;
    return {
      history: { events: [{ workflowTaskStartedEventAttributes: {} }, ...events] },
      nextPageToken: isLast ? new Uint8Array() : new Uint8Array([page + 1]),
    };
  };
  const withDeadline = <T>(_deadline: number, work: () => Promise<T>): Promise<T> => work();
  return { connection: { workflowService: { getWorkflowExecutionHistory }, withDeadline } as never, asked };
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
    const { connection, asked } = temporalWith(pages);
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

test('nobody is asked about no signals', async () => {
  const { connection, asked } = temporalWith([[]]);
  assert.deepEqual(await signed([], connection), []);
  assert.deepEqual(asked, []);
});
