// A pod stops sending when nobody watches it for 30 s: neither Temporal answers for less than that, nor does a proof, which
// is read for longer, count as silence.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { asyncLocalStorage, Context } from '@temporalio/activity';
import type { PodRun } from '../../../activities/pod-run.ts';
import { createRestoreActivities } from '../../../activities/restore.ts';
import { Supervision } from '../../../activities/supervision.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const logger = createLogger();
logger.level = 'silent';

/** A clock that only goes on when it is told to. */
function steered(t: TestContext): (seconds: number) => Promise<void> {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  return async (seconds) => {
    for (let i = 0; i < seconds; i++) {
      t.mock.timers.tick(1_000);
      await turn();
    }
  };
}

function supervised(probe: () => Promise<void>): { supervision: Supervision; silences: () => number } {
  let silences = 0;
  const supervision = new Supervision({ logger, probe, onUnwatched: () => (silences += 1) });
  return { supervision, silences: () => silences };
}

test('nobody asks: once per silence', async (t) => {
  const pass = steered(t);
  const { supervision, silences } = supervised(() => Promise.resolve());
  await pass(30);
  assert.equal(silences(), 0);
  await pass(30);
  assert.equal(silences(), 1);
  supervision.seen();
  await pass(25);
  assert.equal(silences(), 1);
  await pass(25);
  assert.equal(silences(), 2);
  supervision.stop();
});

test('Temporal does not answer', async (t) => {
  const pass = steered(t);
  const { supervision, silences } = supervised(() => Promise.reject(new Error('away')));
  for (let i = 0; i < 40; i++) {
    supervision.seen();
    await pass(1);
  }
  assert.equal(silences(), 1);
  supervision.stop();
});

test('a proof is asked for until its activity is cancelled', async (t) => {
  const pass = steered(t);
  const { supervision, silences } = supervised(() => Promise.resolve());
  const cancelled = new AbortController();
  const context: unknown = Object.create(Context.prototype, {
    heartbeat: { value: () => undefined },
    cancellationSignal: { value: cancelled.signal },
    cancellationDetails: { value: undefined },
  });
  assert.ok(context instanceof Context);
  const proof: PromiseWithResolvers<never> = Promise.withResolvers();
  const run = { progress: null, prove: () => proof.promise } as unknown as PodRun;
  const activities = createRestoreActivities({
    ...{ run, supervision, queue: 'queue', podUid: 'uid' },
    withSenders: (signals) => Promise.resolve(signals),
  });
  const proving = assert.rejects(asyncLocalStorage.run(context, () => activities.prove()));
  await pass(100);
  assert.equal(silences(), 0);
  cancelled.abort();
  await pass(40);
  assert.equal(silences(), 1);
  proof.reject(new Error('told to stop'));
  await proving;
  supervision.stop();
});
