// What the search need not look at hides nothing: without the reductions it finds no other broken promises, and no other ends
// of the protocol.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, type Model } from '../search/search.ts';
import { planOf } from './entry.ts';
import type { Fault } from './faults.ts';
import { protocolModel } from './model.ts';
import { mutants } from './mutants.ts';
import { protocol, type Policy } from './policy.ts';
import type { World } from './world.ts';

const brokers = [
  { version: '3.6 and newer', verifies: true },
  { version: 'before 3.6', verifies: false },
];

interface Found {
  readonly states: number;
  /** Names of promises. */
  readonly broken: readonly string[];
  /** How runs ended; those that are Done by what there is then, without what can change nothing any more. */
  readonly ends: ReadonlySet<string>;
}

function search(model: Model<World>, { reduced }: Model<World>): Found {
  const ends = new Set<string>();
  const ending = (world: World): string | null => {
    const how = model.ending(world);
    // Where a run halts, what still would have happened does not.
    ends.add(how === 'Done' ? `Done ${model.fingerprint(reduced?.(world) ?? world).number}` : `${how}`);
    return how;
  };
  const { states, broken } = explore({ ...model, ending });
  return { states, broken: [...broken.keys()].sort(), ends };
}

/** The same search with the reductions and without. */
function both(
  policy: Policy,
  verifies: boolean,
  { batches, faults, kinds }: { batches: number; faults: number; kinds?: readonly Fault[] },
): { reduced: Found; whole: Found } {
  const model = protocolModel({ plan: planOf(batches), policy, verifies, window: 3 }, faults, kinds);
  const { first, moves, faults: wrong, broken, ending, fingerprint } = model;
  const unreduced = { first, moves, faults: wrong, broken, ending, fingerprint };
  return { reduced: search(model, model), whole: search(unreduced, model) };
}

const searches: readonly { batches: number; faults: number; kinds?: readonly Fault[] }[] = [
  { batches: 3, faults: 1 },
  { batches: 2, faults: 2, kinds: ['kill', 'leader change'] },
  { batches: 1, faults: 2, kinds: ['freeze'] },
];

for (const { version, verifies } of brokers) {
  for (const one of searches) {
    const { batches, faults, kinds = ['any kind'] } = one;
    test(`${batches} batches, ${faults} faults of ${kinds.join(', ')}, brokers ${version}: all ends`, (context) => {
      const { reduced, whole } = both(protocol, verifies, one);
      context.diagnostic(`${reduced.states} states of ${whole.states}, ${whole.ends.size} ends`);
      assert.deepEqual([...whole.ends.difference(reduced.ends)], []);
      assert.deepEqual([reduced.broken, whole.broken], [[], []]);
      assert.ok(reduced.states * 2 < whole.states, 'hardly anything is left out');
      assert.ok(whole.ends.size > 20, `only ${whole.ends.size} ends`);
    });
  }

  test(`writers without one of the rules, a fault of any kind, brokers ${version}: all broken promises`, () => {
    let caught = 0;
    for (const { does, policy } of mutants) {
      const { reduced, whole } = both({ ...protocol, ...policy }, verifies, { batches: 2, faults: 1 });
      assert.deepEqual(reduced.broken, whole.broken, `a writer that ${does}`);
      if (whole.broken.length > 0) caught += 1;
    }
    assert.ok(caught >= 7, `only ${caught} break a promise`);
  });
}
