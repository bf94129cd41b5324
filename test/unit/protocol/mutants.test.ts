// Whoever leaves out one rule of the protocol breaks a promise, by a schedule that the model finds; and which promise that
// is, is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../search/search.ts';
import { planOf } from './entry.ts';
import { protocolModel } from './model.ts';
import { mutants } from './mutants.ts';
import { protocol } from './policy.ts';

for (const { does, policy, breaks, faults, kinds, batches = 2, old } of mutants) {
  test(`a writer that ${does} breaks "${breaks}"`, (context) => {
    const rules = { plan: planOf(batches), verifies: old !== true, window: 3 };
    const sound = explore(protocolModel({ ...rules, policy: protocol }, faults, kinds));
    assert.deepEqual([...sound.broken.keys()], [], 'the protocol itself');
    const { broken } = explore(protocolModel({ ...rules, policy: { ...protocol, ...policy } }, faults, kinds));
    const trace = broken.get(breaks);
    assert.ok(trace, `it breaks ${[...broken.keys()].join(', ') || 'nothing'}`);
    context.diagnostic(trace.join(', '));
  });
}
