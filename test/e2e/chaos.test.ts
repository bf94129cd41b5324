// Four generated Restores, struck again and again, while nodes are cut off and lost: each ends Done, with every record once, a
// report that is true, and nothing left over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addNode, removeNode } from '../../deploy/dev/kube/nodes.ts';
import { play } from '../chaos/stack/play.ts';
import { generate } from '../chaos/stack/scenario.ts';
import type { StrikeName } from '../chaos/stack/strikes.ts';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { dataOfInterruptions } from '../support/interruptions/scenario.ts';

/**
 * With some of the ways in which the whole stack can strike; `npm run chaos -- --stack` draws from all. Those of nodes come first
 * in theirs, and early: a Restore is at work for long enough then to wait for its turn. A lost node takes longest to come back,
 * so that little follows it.
 */
const seeds = [33, 34, 186, 2144];
/** What no other test does. */
const ofNodes: readonly StrikeName[] = ['node cut off, its pod lives on', 'node lost'];

const befallen = new Set<StrikeName>();

let data: Dataset;
let node: Promise<void> | undefined;
before(async () => {
  node = addNode('node2');
  [data] = await Promise.all([e2eDataset(dataOfInterruptions), node]);
});
after(async () => {
  // It may still come up, if the data could not be written.
  await node?.catch(() => undefined);
  await removeNode('node2');
});

describe('the whole stack', { concurrency: seeds.length }, () => {
  for (const seed of seeds) {
    const scenario = generate(seed);
    test(`seed ${seed}: ${scenario.strikes.map(({ name }) => name).join(', ')}`, async (t) => {
      const { flaws, struck } = await play(scenario, data, (text) => t.diagnostic(text));
      assert.deepEqual(flaws, []);
      assert.ok(struck.length > 0, 'it was done before anything befell it');
      for (const strike of struck) befallen.add(strike);
    });
  }
});

test('nodes were cut off and lost', () => {
  assert.deepEqual(
    ofNodes.filter((strike) => !befallen.has(strike)),
    [],
  );
});
