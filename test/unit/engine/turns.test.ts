// Restores take turns, and whoever is told to stop while he waits for his does not wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../src/engine/turns.ts';

const { signal } = new AbortController();

test('One begins when the one before has ended, however that ends', async () => {
  const turns = new Turns();
  const first: PromiseWithResolvers<string> = Promise.withResolvers();
  const ran: string[] = [];
  const a = turns.take(() => first.promise, signal, 'gave up');
  const b = turns.take(() => Promise.resolve(ran.push('b')), signal, 0);
  await new Promise(setImmediate);
  assert.deepEqual(ran, []);
  first.reject(new Error('failed'));
  await assert.rejects(a, /failed/);
  assert.equal(await b, 1);
});

test('One that gives up is not done, and those behind it still wait for those before it', async () => {
  const turns = new Turns();
  const first: PromiseWithResolvers<void> = Promise.withResolvers();
  const ran: string[] = [];
  const a = turns.take(() => first.promise.then(() => ran.push('a')), signal, 0);
  const stop = new AbortController();
  const b = turns.take(() => Promise.resolve(ran.push('b')), stop.signal, -1);
  const c = turns.take(() => Promise.resolve(ran.push('c')), signal, 0);
  stop.abort();
  assert.equal(await b, -1);
  assert.deepEqual(ran, []);
  first.resolve();
  await Promise.all([a, c]);
  assert.deepEqual(ran, ['a', 'c']);
});

test('One that was told to stop before does not begin', async () => {
  assert.equal(await new Turns().take(() => Promise.resolve('done'), AbortSignal.abort(), 'gave up'), 'gave up');
});
