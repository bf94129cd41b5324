// Four generated Restores, struck again and again in all ways that the whole stack knows, nodes that are cut off or lost
// among them: each ends Done, with every record once, a report that is true, and nothing left over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addNode, removeNode } from '../../deploy/dev/kube/nodes.ts';
import { play } from '../chaos/stack/play.ts';
import { generate } from '../chaos/stack/scenario.ts';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { dataOfInterruptions } from '../support/interruptions/scenario.ts';

const seeds = [4, 22, 33, 34];

let data: Dataset;
before(async () => {
  await addNode('node2');
  data = await e2eDataset(dataOfInterruptions);
});
after(() => removeNode('node2'));

describe('the whole stack', { concurrency: seeds.length }, () => {
  for (const seed of seeds) {
    const scenario = generate(seed);
    test(`seed ${seed}: ${scenario.strikes.map(({ name }) => name).join(', ')}`, async (t) => {
      const { flaws, hits } = await play(scenario, data, (text) => t.diagnostic(text));
      assert.deepEqual(flaws, []);
      assert.ok(hits > 0, 'it was done before anything befell it');
    });
  }
});
