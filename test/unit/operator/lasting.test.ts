// How long something has been so counts from when it was first seen, and only as long as nothing else was seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lasting } from '../../../src/operator/lasting.ts';

test('what lasts, ends, changes and is forgotten, of each Restore by itself', (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  const lasting = new Lasting();
  const after = (seconds: number, uid: string, what: string | null): number => {
    t.mock.timers.tick(seconds * 1_000);
    return lasting.of(uid, what);
  };
  assert.equal(after(0, 'a', 'x'), 0);
  assert.equal(after(5, 'a', 'x'), 5_000);
  assert.equal(after(0, 'b', 'x'), 0, 'another Restore');
  assert.equal(after(5, 'a', 'x'), 10_000);
  assert.equal(after(5, 'a', 'y'), 0, 'something else');
  assert.equal(after(5, 'a', 'y'), 5_000);
  assert.equal(after(5, 'a', null), 0, 'not so');
  assert.equal(after(5, 'a', 'y'), 0, 'so again');
  lasting.forget('a');
  assert.equal(after(5, 'a', 'y'), 0, 'forgotten');
  assert.equal(after(5, 'b', 'x'), 35_000);
});
