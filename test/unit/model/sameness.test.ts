// Worlds that a search takes for the same go on alike: whatever happens to both next, in whatever way, and however they are
// left to themselves, they are the same after that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomNumbers } from '../search/random-walk.ts';
import { ControlPlane } from './control-plane.ts';
import { happenings } from './happenings.ts';
import { fingerprintOf, fingerprintOfPresent } from './sameness.ts';
import { endings } from './undisturbed.ts';

const kinds = Object.values(happenings);
const first = new ControlPlane();
first.tell(first.picture);

/** What comes of every happening, in every way. */
const next = (world: ControlPlane): ControlPlane[] =>
  kinds.flatMap(({ ways, happens }) =>
    Array.from({ length: ways(world) }, (_, way) => {
      const copy = world.copy();
      happens(copy, way);
      return copy;
    }),
  );

/** As fingerprints; in which order the ways are counted does not matter. */
const futures = (world: ControlPlane): ReadonlySet<number> =>
  new Set(next(world).map((one) => fingerprintOf(one).number));

function assertAlike(one: ControlPlane, other: ControlPlane, how: string): void {
  assert.deepEqual(futures(other), futures(one), how);
  for (const end of Object.values(endings)) {
    const [a, b] = [one, other].map((world) => {
      const copy = world.copy();
      return [end(copy), fingerprintOfPresent(copy).number];
    });
    assert.deepEqual(b, a, how);
  }
}

test('after every schedule of 3 happenings', () => {
  const known = new Map([[fingerprintOf(first).number, first]]);
  let worlds = [first];
  let pairs = 0;
  for (let length = 1; length <= 3; length++) {
    const fresh: ControlPlane[] = [];
    for (const world of worlds.flatMap(next)) {
      const print = fingerprintOf(world).number;
      const same = known.get(print);
      if (same === undefined) {
        known.set(print, world);
        fresh.push(world);
      } else {
        assertAlike(same, world, `pair ${pairs}`);
        pairs += 1;
      }
    }
    worlds = fresh;
  }
  assert.ok(pairs > 5_000, `only ${pairs} pairs`);
});

type Schedule = readonly (readonly [name: string, way: number])[];

const after = (schedule: Schedule): ControlPlane => {
  const world = first.copy();
  for (const [name, way] of schedule) happenings[name]?.happens(world, way);
  return world;
};

test('after random schedules, of which one leaves out what has happened in the other, or has it later', () => {
  const random = randomNumbers(1);
  const names = Object.keys(happenings);
  let pairs = 0;
  for (let i = 0; i < 10_000; i++) {
    const schedule: Schedule = Array.from({ length: 4 + Math.floor(random() * 12) }, () => [
      names[Math.floor(random() * names.length)] ?? '',
      Math.floor(random() * 3),
    ]);
    const at = Math.floor(random() * schedule.length);
    const left = schedule.toSpliced(at, 1);
    const others = random() < 0.5 ? left : left.toSpliced(at + 1, 0, schedule[at] ?? ['', 0]);
    const [one, other] = [after(schedule), after(others)];
    if (fingerprintOf(one).number !== fingerprintOf(other).number) continue;
    pairs += 1;
    assertAlike(one, other, `${schedule.join()} and ${others.join()}`);
  }
  assert.ok(pairs > 1_000, `only ${pairs} pairs`);
});
