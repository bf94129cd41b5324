// The local copy stays true whatever happens to the connection, and the reflector never gives up.
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import type { TestContext } from 'node:test';
import { KubeError, KubeUnreachable } from '../../../src/kube/errors.ts';
import type { WatchEvent } from '../../../src/kube/list-watch.ts';
import type { Change } from '../../../src/kube/object-store.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { ScriptedSource, page, thing } from './scripted-source.ts';

const expired = new KubeError(410, 'Expired', 'too old resource version');
const unreachable = new KubeUnreachable('connection refused');

const logger = createLogger();
logger.level = 'silent';

let source: ScriptedSource;
let changes: Change<KubeObject>[];

beforeEach(() => {
  source = new ScriptedSource();
  changes = [];
});

/** A reflector that has done all that it can do without time going on; jitter is at its most (the whole wait). */
async function started(t: TestContext, onChange = (change: Change<KubeObject>): void => void changes.push(change)) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const reflector = new Reflector({ source, logger, onChange, random: () => 1 - Number.EPSILON });
  t.after(async () => {
    await reflector.stop();
    mock.timers.reset();
  });
  reflector.start();
  await settled();
  return reflector;
}

/** All promises that are waiting for nothing have run. */
async function settled(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settled();
}

async function said(event: WatchEvent<KubeObject>): Promise<void> {
  source.lastWatch.says(event);
  await settled();
}

/** Time goes by, and the server says each minute that nothing happened. */
async function quietly(seconds: number): Promise<void> {
  for (let minute = 1; minute <= seconds / 60; minute += 1) {
    await pass(60_000);
    await said({ type: 'BOOKMARK', resourceVersion: '6' });
  }
}

function event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): WatchEvent<KubeObject> {
  return { type, object, resourceVersion: object.metadata.resourceVersion };
}

const told = () => changes.map(({ key, object, previous }) => [key, version(object), version(previous)]);
const version = (object: KubeObject | null) => object?.metadata.resourceVersion ?? null;

describe('the list', () => {
  it('is taken page by page, and synced only when complete', async (t) => {
    source.pages.push(page('5', [thing('a', '1')], 'token'), unreachable, page('6', [thing('a', '1')], 'token'));
    source.pages.push(page('6', [thing('b', '2')]));
    const reflector = await started(t);
    assert.equal(reflector.hasSynced, false, 'the second page failed');
    assert.deepEqual(reflector.list(), []);

    await pass(500);
    assert.equal(reflector.hasSynced, true);
    await reflector.whenSynced();
    assert.deepEqual(
      source.pageRequests.map((request) => request.continue),
      [undefined, 'token', undefined, 'token'],
    );
    assert.equal(source.lastWatch.request.resourceVersion, '6');
    assert.deepEqual(reflector.list().map(version), ['1', '2']);
  });

  it('is taken in one piece when the token of its next page has expired', async (t) => {
    source.pages.push(page('5', [thing('a', '1')], 'token'), expired, page('7', [thing('a', '6'), thing('b', '2')]));
    const reflector = await started(t);
    assert.equal(source.pageRequests.at(-1)?.limit, undefined);
    assert.deepEqual(reflector.list().map(version), ['6', '2']);
  });

  it('is tried again and again, after half a second up to half a minute', async (t) => {
    source.pages.push(unreachable);
    await started(t);
    for (const [index, seconds] of [0.5, 1, 2, 4, 8, 16, 30, 30, 30].entries()) {
      assert.equal(source.pageRequests.length, index + 1);
      await pass(seconds * 1000 - 1);
      assert.equal(source.pageRequests.length, index + 1, 'not a moment earlier');
      await pass(1);
    }
  });

  it('is tried again no sooner than an overloaded server asks', async (t) => {
    source.pages.push(new KubeError(429, 'TooManyRequests', 'busy', 10_000), page('1', []));
    const reflector = await started(t);
    await pass(9_999);
    assert.equal(reflector.hasSynced, false);
    await pass(1);
    assert.equal(reflector.hasSynced, true);
  });
});

describe('the watch', () => {
  it('keeps the copy up to date and tells each change with what was before', async (t) => {
    source.pages.push(page('5', [thing('a', '1')]));
    const reflector = await started(t);
    await said(event('ADDED', thing('b', '6')));
    await said(event('MODIFIED', thing('a', '7')));
    await said(event('DELETED', thing('b', '8')));
    assert.deepEqual(told(), [
      ['ns/a', '1', null],
      ['ns/b', '6', null],
      ['ns/a', '7', '1'],
      ['ns/b', null, '6'],
    ]);
    assert.equal(reflector.get('ns/a')?.metadata.resourceVersion, '7');
    assert.equal(reflector.get('ns/b'), undefined);
  });

  it('asks the server for an end after 240 to 480 seconds', async (t) => {
    source.pages.push(page('5', []));
    await started(t);
    assert.equal(source.lastWatch.request.timeoutSeconds, 480);
    assert.equal(source.pageRequests.length, 1);
  });

  it('goes on from the last version that it heard of, a bookmark included, without a new list', async (t) => {
    source.pages.push(page('5', []));
    await started(t);
    await said(event('ADDED', thing('a', '6')));
    await said({ type: 'BOOKMARK', resourceVersion: '90' });
    await pass(2_000);
    source.lastWatch.ends();
    await settled();
    assert.equal(source.watches.length, 2, 'a regular end needs no pause');
    assert.equal(source.lastWatch.request.resourceVersion, '90');
    assert.equal(source.pageRequests.length, 1);
  });

  it('goes on from there after a lost connection too, with a pause', async (t) => {
    source.pages.push(page('5', []));
    await started(t);
    await said(event('ADDED', thing('a', '6')));
    source.lastWatch.fails(unreachable);
    await settled();
    assert.equal(source.watches.length, 1);
    await pass(500);
    assert.equal(source.lastWatch.request.resourceVersion, '6');
    assert.equal(source.pageRequests.length, 1);
  });

  it('backs off from a server that cannot be reached, and starts afresh once it was', async (t) => {
    source.pages.push(page('5', []));
    source.watchErrors.push(unreachable, unreachable, unreachable);
    await started(t);
    await pass(500);
    await pass(1_000);
    assert.equal(source.watches.length, 3);
    await pass(2_000);
    assert.equal(source.watches.length, 4);
    await said({ type: 'BOOKMARK', resourceVersion: '6' });
    source.lastWatch.fails(unreachable);
    await settled();
    await pass(500);
    assert.equal(source.watches.length, 5);
  });

  it('takes an end at once for a failure, so that it does not spin', async (t) => {
    source.pages.push(page('5', []));
    await started(t);
    source.lastWatch.ends();
    await settled();
    assert.equal(source.watches.length, 1);
    await pass(500);
    assert.equal(source.watches.length, 2);
  });

  it('lists anew when its version is too old, and tells what vanished meanwhile', async (t) => {
    source.pages.push(page('5', [thing('a', '1'), thing('b', '2')]), page('50', [thing('b', '2'), thing('c', '40')]));
    const reflector = await started(t);
    changes = [];
    source.lastWatch.fails(expired);
    await settled();
    assert.deepEqual(told(), [
      ['ns/a', null, '1'],
      ['ns/b', '2', '2'],
      ['ns/c', '40', null],
    ]);
    assert.equal(source.lastWatch.request.resourceVersion, '50');
    assert.equal(reflector.list().length, 2);
  });

  it('tells of a namesake that took an object’s place as of two things', async (t) => {
    source.pages.push(page('5', [thing('a', '1', 'old')]), page('50', [thing('a', '40', 'new')]));
    await started(t);
    changes = [];
    source.lastWatch.fails(expired);
    await settled();
    assert.deepEqual(told(), [
      ['ns/a', null, '1'],
      ['ns/a', '40', null],
    ]);
  });

  it('is given up when nothing is heard for 150 s: the connection is half open', async (t) => {
    source.pages.push(page('5', []));
    await started(t);
    await pass(149_000);
    await said({ type: 'BOOKMARK', resourceVersion: '6' });
    await pass(149_000);
    assert.equal(source.watches.length, 1, 'the bookmark showed that it lives');
    await pass(1_000);
    assert.equal(source.watches[0]?.isClosed(), true);
    await pass(500);
    assert.equal(source.watches.length, 2);
    assert.equal(source.lastWatch.request.resourceVersion, '6');
  });

  it('is given up when it outlives the end that the server was asked for', async (t) => {
    source.pages.push(page('5', []));
    await started(t);
    const watch = source.lastWatch;
    await quietly(480);
    assert.equal(watch.isClosed(), false);
    await pass(15_000);
    assert.equal(watch.isClosed(), true);
  });
});

describe('the net below', () => {
  it('lists everything again every ten minutes and tells every object, changed or not', async (t) => {
    source.pages.push(page('5', [thing('a', '1')]));
    await started(t);
    await quietly(300);
    source.lastWatch.ends();
    await settled();
    assert.equal(source.lastWatch.request.timeoutSeconds, 300, 'the server ends it in time for the list');
    changes = [];
    await quietly(300);
    source.lastWatch.ends();
    await settled();
    assert.equal(source.pageRequests.length, 2);
    assert.deepEqual(told(), [['ns/a', '1', '1']]);
  });

  it('survives a handler that throws', async (t) => {
    source.pages.push(page('5', [thing('a', '1'), thing('b', '2')]));
    const reflector = await started(t, (change) => {
      changes.push(change);
      throw new Error('a mistake in the handler');
    });
    await said(event('MODIFIED', thing('a', '6')));
    assert.equal(changes.length, 3);
    assert.equal(reflector.get('ns/a')?.metadata.resourceVersion, '6');
  });

  it('ends when it is told to, in the middle of a watch or of a pause', async (t) => {
    source.pages.push(page('5', []));
    const watching = await started(t);
    await watching.stop();
    assert.equal(source.lastWatch.isClosed(), true);

    source = new ScriptedSource();
    source.pages.push(unreachable);
    const waiting = new Reflector({ source, logger, onChange: () => undefined });
    waiting.start();
    await settled();
    await waiting.stop();
    assert.equal(source.pageRequests.length, 1);
  });
});
