// Whatever happens to a Restore in its control plane, in whatever order, all of it up to five times in a row: nothing happens
// that must never happen, and left to itself after that, the Restore gets to its end, or to rest if it is disabled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../search/search.ts';
import { happenings } from './happenings.ts';
import { mistakes } from './mistakes.ts';
import { schedulesOf, shortestThatBreaks } from './schedules.ts';

const length = 5;

test(`every schedule of ${length} happenings`, (context) => {
  const { states, moves, ends, broken } = explore(schedulesOf(length));
  const kinds = Object.keys(happenings).length;
  context.diagnostic(`more than ${kinds ** length} schedules, ${states} states, ${moves} moves`);
  assert.deepEqual(Object.fromEntries(broken), {});
  assert.deepEqual([...ends.keys()].sort(), ['Deleted', 'Done', 'at rest']);
  assert.ok(states > 50_000, `only ${states} states`);
});

for (const [mistake, decider] of Object.entries(mistakes)) {
  test(`every schedule of 4 happenings finds ${mistake}`, (context) => {
    const found = shortestThatBreaks(4, decider);
    assert.ok(found, 'it breaks nothing');
    context.diagnostic(`${found.trace.join(', ') || 'nothing happens'}: ${found.promise}`);
  });
}
