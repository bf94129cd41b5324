// Whatever two writers, the broker and the coordinator do, in whatever order, and whatever goes wrong meanwhile: no record
// is in the target twice, Done means that every record is there, nothing is undone without a cause, and a run always comes
// to its end. The model uses the engine's own Coverage, PartitionLedger, Pipeline, gapsOf and produceOutcome.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { walkAtRandom } from '../search/random-walk.ts';
import { explore } from '../search/search.ts';
import { planOf } from './entry.ts';
import { protocolModel } from './model.ts';
import { allFaults, type Fault } from './faults.ts';
import { protocol } from './policy.ts';
import type { Rules } from './world.ts';

const brokers = [
  { version: '3.6 and newer', verifies: true },
  { version: 'before 3.6', verifies: false },
];

/** What a Restore is to survive without anybody's help: any two of them. */
const benign: readonly Fault[] = allFaults.filter((fault) => fault !== 'truncation' && fault !== 'foreign append');

for (const { version, verifies } of brokers) {
  const rules: Rules = { plan: planOf(4), policy: protocol, verifies, window: 3 };

  test(`every schedule of 4 batches, 2 writers and 2 faults of any kinds, brokers ${version}`, (context) => {
    const { states, moves, ends, broken } = explore(protocolModel(rules, 2));
    context.diagnostic(`${states} states, ${moves} moves, ends: ${JSON.stringify(Object.fromEntries(ends))}`);
    assert.deepEqual(Object.fromEntries(broken), {});
    assert.ok(states > 250_000, `only ${states} states`);
    for (const end of ['Done', 'TargetTruncated', 'ResetNeedsApproval']) assert.ok(ends.has(end), `none ends ${end}`);
  });

  test(`every schedule of 3 batches and 2 faults that a Restore survives ends Done, brokers ${version}`, (context) => {
    const { states, moves, ends, broken } = explore(protocolModel({ ...rules, plan: planOf(3), window: 2 }, 2, benign));
    context.diagnostic(`${states} states, ${moves} moves`);
    assert.deepEqual(Object.fromEntries(broken), {});
    assert.ok(states > 60_000, `only ${states} states`);
    assert.deepEqual([...ends.keys()], ['Done']);
  });

  test(`random schedules of 8 batches and 8 faults, brokers ${version}`, (context) => {
    const ends = new Map<string, number>();
    let moves = 0;
    for (let seed = 1; seed <= 5_000; seed++) {
      const walk = walkAtRandom(protocolModel({ ...rules, plan: planOf(8), window: 'any' }, 8), seed);
      assert.equal(walk.trace, null, `seed ${seed}`);
      moves += walk.moves;
      ends.set(walk.ending, (ends.get(walk.ending) ?? 0) + 1);
    }
    context.diagnostic(`${moves} moves, ends: ${JSON.stringify(Object.fromEntries(ends))}`);
    assert.ok(moves > 200_000, `only ${moves} moves`);
    assert.ok((ends.get('Done') ?? 0) > 2_500, 'few end Done');
  });
}

test('random schedules of 12 batches and 12 faults that a Restore survives end Done', () => {
  // Of a purge after an abort only the report knows: one that is torn then takes a person.
  const together = benign.filter((fault) => fault !== 'torn report');
  for (let seed = 1; seed <= 2_000; seed++) {
    const rules: Rules = { plan: planOf(12), policy: protocol, verifies: seed % 2 === 0, window: 'any' };
    const { ending, trace } = walkAtRandom(protocolModel(rules, 12, together), seed);
    assert.equal(ending, 'Done', `seed ${seed}: ${trace?.join(', ') ?? ''}`);
  }
});
