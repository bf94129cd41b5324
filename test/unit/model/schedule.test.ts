// Whatever is observed late, twice or in the wrong order, and whatever dies meanwhile: one Job at a time, Done only with the
// proof, nothing given up that still works, no step that leads nowhere, and an undisturbed Restore always gets to its end,
// or to rest if it is disabled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/model/decide.ts';
import { ControlPlane } from './control-plane.ts';
import { happenings } from './happenings.ts';
import { mistakes } from './mistakes.ts';
import { endings } from './undisturbed.ts';

const runs = 20_000;

/** A Restore that is deleted soon comes to its end: seldom, so that much has happened before. */
const deletion = 'Restore deleted';
const name = fc.oneof(
  { weight: 300, arbitrary: fc.constantFrom(...Object.keys(happenings).filter((one) => one !== deletion)) },
  { weight: 1, arbitrary: fc.constant(deletion) },
);

const whatHappens = fc.array(fc.tuple(name, fc.nat(200)), { maxLength: 40, size: 'max' });

const comesOutWell = (decider: typeof decide): fc.IProperty<[[string, number][], (world: ControlPlane) => string]> =>
  fc.property(whatHappens, fc.constantFrom(...Object.values(endings)), (events, end) => {
    const world = new ControlPlane(decider);
    world.tell(world.picture);
    for (const [name, way] of events) happenings[name]?.happens(world, way);
    end(world);
  });

test('any schedule', () => {
  fc.assert(comesOutWell(decide), { numRuns: runs });
});

for (const [mistake, decider] of Object.entries(mistakes)) {
  test(`a schedule finds ${mistake}`, () => {
    assert.ok(fc.check(comesOutWell(decider), { numRuns: runs }).failed);
  });
}
