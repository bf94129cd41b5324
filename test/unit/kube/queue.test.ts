// A key is looked at once for many additions, never twice at the same time, and again after a failure until it succeeds.
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { TestContext } from 'node:test';
import { WorkQueue } from '../../../src/kube/queue.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const logger = createLogger();
logger.level = 'silent';

/** What the handler was given, and the ends of what it has under way. */
interface Work {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly succeeds: () => Promise<void>;
  readonly fails: () => Promise<void>;
}

/** A started queue whose handler does what the test says. */
function queueOf(t: TestContext, workers = 1): { queue: WorkQueue; works: Work[]; keys: () => string[] } {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  const works: Work[] = [];
  const handle = (key: string, signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const succeeds = () => (resolve(undefined), settled());
    const fails = () => (reject(new Error('it went wrong')), settled());
    works.push({ key, signal, succeeds, fails });
    return promise;
  };
  const queue = new WorkQueue({ workers, handle, logger });
  queue.start();
  return { queue, works, keys: () => works.map(({ key }) => key) };
}

async function settled(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settled();
}

describe('a work queue', () => {
  it('hands out each waiting key once, in the order of the first addition', async (t) => {
    const { queue, works, keys } = queueOf(t);
    for (const key of ['a', 'b', 'c', 'b', 'c', 'b']) queue.add(key);
    await settled();
    assert.deepEqual(keys(), ['a']);
    assert.equal(queue.length, 3);
    await works[0]?.succeeds();
    await works[1]?.succeeds();
    await works[2]?.succeeds();
    assert.deepEqual(keys(), ['a', 'b', 'c']);
    assert.equal(queue.length, 0);
  });

  it('hands a key out again, once, when it was added while it was worked on; never at the same time', async (t) => {
    const { queue, works, keys } = queueOf(t, 2);
    queue.add('a');
    await settled();
    queue.add('a');
    queue.add('a');
    await settled();
    assert.deepEqual(keys(), ['a'], 'there is a free worker, but not for this key');
    await works[0]?.succeeds();
    assert.deepEqual(keys(), ['a', 'a']);
    await works[1]?.succeeds();
    assert.deepEqual(keys(), ['a', 'a']);
  });

  it('works on no more keys at once than it has workers', async (t) => {
    const { queue, works, keys } = queueOf(t, 2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settled();
    assert.deepEqual(keys(), ['a', 'b']);
    await works[1]?.succeeds();
    assert.deepEqual(keys(), ['a', 'b', 'c']);
  });

  it('gives a failed key out again after 5 ms, doubling up to a minute, without holding up others', async (t) => {
    const { queue, works, keys } = queueOf(t);
    queue.add('a');
    await settled();
    for (let failures = 1; failures <= 18; failures += 1) {
      await works.at(-1)?.fails();
      const waitMs = Math.min(60_000, 5 * 2 ** (failures - 1));
      await pass(waitMs - 1);
      assert.equal(works.length, failures);
      await pass(1);
      assert.equal(works.length, failures + 1);
    }
    await works.at(-1)?.fails();
    queue.add('b');
    await settled();
    assert.equal(keys().at(-1), 'b');
  });

  it('starts over with the pauses once a key has succeeded', async (t) => {
    const { queue, works } = queueOf(t);
    queue.add('a');
    await settled();
    await works[0]?.fails();
    await pass(5);
    await works[1]?.fails();
    await pass(10);
    await works[2]?.succeeds();
    queue.add('a');
    await settled();
    await works[3]?.fails();
    await pass(5);
    assert.equal(works.length, 5);
  });

  it('treats a handler that throws at once as one that fails later', async (t) => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    t.after(() => mock.timers.reset());
    let calls = 0;
    const handle = (): Promise<void> => {
      calls += 1;
      throw new Error('at once');
    };
    const queue = new WorkQueue({ workers: 1, handle, logger });
    queue.start();
    queue.add('a');
    await settled();
    await pass(5);
    assert.equal(calls, 2);
    await queue.stop();
  });

  it('adds a key later, at the earliest of the times asked for', async (t) => {
    const { queue, works, keys } = queueOf(t);
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 300);
    queue.addAfter('a', 2_000);
    await pass(299);
    assert.deepEqual(keys(), []);
    await pass(1);
    assert.deepEqual(keys(), ['a']);
    await works[0]?.succeeds();
    await pass(5_000);
    assert.deepEqual(keys(), ['a'], 'the later times fell away');
  });

  it('waits with its work until it is started', async () => {
    const keys: string[] = [];
    const handle = (key: string): Promise<void> => Promise.resolve(void keys.push(key));
    const queue = new WorkQueue({ workers: 1, handle, logger });
    queue.add('a');
    await settled();
    assert.deepEqual(keys, []);
    queue.start();
    await settled();
    assert.deepEqual(keys, ['a']);
  });

  it('ends when its handlers have ended: told by their signal, and nothing new begins', async (t) => {
    const { queue, works, keys } = queueOf(t);
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await settled();
    let stopped = false;
    const stopping = queue.stop().then(() => (stopped = true));
    await settled();
    const [work] = works;
    assert.equal(work?.signal.aborted, true);
    assert.equal(stopped, false);
    queue.add('d');
    await work.fails();
    await stopping;
    await pass(60_000);
    assert.deepEqual(keys(), ['a']);
  });
});
