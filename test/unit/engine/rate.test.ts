// A rate limit holds over time, lets single large batches pass, and does not save up for a burst.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiter } from '../../../src/engine/rate.ts';

test('what was taken too much is waited for', async () => {
  let now = 0;
  const limiter = new RateLimiter(1000, () => now);
  const never = new AbortController().signal;
  await limiter.take(500, never);
  assert.equal(limiter.delay, 500);
  now = 400;
  assert.equal(limiter.delay, 100);
  now = 500;
  assert.equal(limiter.delay, 0);
});

test('a pause saves up a tenth of a second at most', async () => {
  let now = 0;
  const limiter = new RateLimiter(1000, () => now);
  now = 60_000;
  await limiter.take(600, new AbortController().signal);
  assert.equal(limiter.delay, 500);
});

test('an aborted wait ends at once', async () => {
  const limiter = new RateLimiter(1, () => 0);
  const abort = new AbortController();
  await limiter.take(1000, abort.signal);
  abort.abort();
  await limiter.take(1, abort.signal);
});

test('no limit never waits', async () => {
  const limiter = new RateLimiter(Infinity);
  await limiter.take(1e12, new AbortController().signal);
  assert.equal(limiter.delay, 0);
});
