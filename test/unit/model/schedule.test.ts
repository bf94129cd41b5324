// Whatever is observed late, twice or in the wrong order, and whatever dies meanwhile: one Job at a time, Done only with the
// proof, nothing given up that still works, no step that leads nowhere, and an undisturbed Restore always gets to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/model/decide.ts';
import { ControlPlane } from './control-plane.ts';
import { happenings } from './happenings.ts';
import { mistakes } from './mistakes.ts';
import { getsToItsEnd } from './undisturbed.ts';

const runs = 20_000;

const whatHappens = fc.array(fc.tuple(fc.constantFrom(...Object.keys(happenings)), fc.nat(200)), {
  maxLength: 40,
  size: 'max',
});

const comesOutWell = (decider: typeof decide): fc.IPropertyWithHooks<[[string, number][], boolean]> =>
  fc.property(whatHappens, fc.boolean(), (events, deleted) => {
    const world = new ControlPlane(decider);
    world.tell(world.picture);
    for (const [name, way] of events) happenings[name]?.happens(world, way);
    getsToItsEnd(world, deleted);
  });

test('any schedule', () => {
  fc.assert(comesOutWell(decide), { numRuns: runs });
});

for (const [mistake, decider] of Object.entries(mistakes)) {
  test(`a schedule finds ${mistake}`, () => {
    assert.ok(fc.check(comesOutWell(decider), { numRuns: runs }).failed);
  });
}
