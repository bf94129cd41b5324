// What a restore has left on its targets after Done, or taken from them, is found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationFlaws } from '../../chaos/configuration.ts';

type Configs = Readonly<Record<string, string>>;

const own = { 'retention.ms': '-1' };
const target = 'chaos-orders-1';

/** Of the one target, whose source has a configuration of its own. */
async function flawsOf(found: Configs, before: Configs | null = null): Promise<string[]> {
  const known: Record<string, Configs> = { 'chaos-orders': own, [target]: found };
  const cluster = { ownConfiguration: (topic: string) => Promise.resolve({ ...known[topic] }) };
  return configurationFlaws(cluster, [{ source: 'chaos-orders', target }], before);
}

test('configured like its source', async () => {
  assert.deepEqual(await flawsOf(own), []);
});

test('configured as it was before, not like its source', async () => {
  const before = { 'min.insync.replicas': '1' };
  assert.deepEqual(await flawsOf(before, before), []);
  assert.equal((await flawsOf(own, before)).length, 1);
});

const wrong: Record<string, Configs> = {
  'a guard that was left': { ...own, 'compression.type': 'producer' },
  'retention that is held': { ...own, 'retention.bytes': '-1' },
  'a value of its own that is gone': {},
  'a value of its own that is another': { 'retention.ms': '1000' },
};
for (const [name, found] of Object.entries(wrong)) {
  test(`${name} is found`, async () => {
    const [flaw = '', ...others] = await flawsOf(found);
    assert.match(flaw, /^chaos-orders-1 is configured with /);
    assert.deepEqual(others, []);
  });
}
