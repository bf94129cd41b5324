// Each wait is twice the one before, from the first to the longest, and however often it fails never another one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from '../../../src/model/backoff.ts';

const waits: readonly [failures: number, ms: number][] = [
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [6, 32_000],
  [7, 60_000],
  [8, 60_000],
  [10_000, 60_000],
];
for (const [failures, ms] of waits) {
  test(`after ${failures} failures in a row: ${ms} ms`, () => {
    assert.equal(backoffMs(failures, { firstMs: 1_000, maxMs: 60_000 }), ms);
  });
}
