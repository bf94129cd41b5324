// A rate limit holds over time, lets single large batches pass, and does not save up for a burst.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiter } from '../../../src/engine/rate.ts';

test('what was charged too much is waited for', async () => {
  let now = 0;
  const limiter = new RateLimiter(1000, () => now);
  limiter.charge(500);
  assert.equal(limiter.delay, 500);
  now = 400;
  assert.equal(limiter.delay, 100);
  now = 500;
  assert.equal(limiter.delay, 0);
  await limiter.credit(new AbortController().signal);
});

test('a pause saves up a tenth of a second at most', () => {
  let now = 0;
  const limiter = new RateLimiter(1000, () => now);
  now = 60_000;
  limiter.charge(600);
  assert.equal(limiter.delay, 500);
});

test('a wait that is aborted ends at once, and what is owed stays owed', async () => {
  const limiter = new RateLimiter(1, () => 0);
  limiter.charge(1000);
  const abort = new AbortController();
  const waiting = limiter.credit(abort.signal);
  abort.abort();
  await waiting;
  await limiter.credit(abort.signal);
  assert.equal(limiter.delay, 1_000_000);
});

test('of those that wait for the same credit only one gets it', async () => {
  const limiter = new RateLimiter(10_000);
  limiter.charge(500);
  const signal = new AbortController().signal;
  const started = performance.now();
  const send = async (): Promise<void> => {
    await limiter.credit(signal);
    limiter.charge(1_000);
  };
  await Promise.all([send(), send(), send()]);
  assert.ok(performance.now() - started >= 240, 'three thousand units went out at once');
});

test('no limit never waits', async () => {
  const limiter = new RateLimiter(Infinity);
  limiter.charge(1e12);
  await limiter.credit(new AbortController().signal);
  assert.equal(limiter.delay, 0);
});
