import { AssertionError } from 'node:assert/strict';
import type { decide } from '../../../src/model/decide.ts';
import { explore, type Model, type Move } from '../search/search.ts';
import { Fingerprint } from '../search/fingerprint.ts';
import { ControlPlane } from './control-plane.ts';
import { happenings } from './happenings.ts';
import { fingerprintOf, fingerprintOfPresent } from './sameness.ts';
import { endings } from './undisturbed.ts';

/** A world on its way: what may still happen to it, and how it came out. */
export interface Scheduled {
  readonly world: ControlPlane;
  /** Happenings that are left. */
  readonly left: number;
  /** How it ended when nothing happened any more; null before that. */
  readonly end: string | null;
  /** What has happened that must never happen; null as long as nothing has. */
  readonly broken: string | null;
}

/** All schedules of so many happenings, and after each of them the Restore is left to itself. */
export function schedulesOf(length: number, decider?: typeof decide): Model<Scheduled> {
  // How it comes out when nothing of the past comes back follows from the present alone.
  const known = new Map<number, Pick<Scheduled, 'end' | 'broken'>>();
  const tails = Object.entries(endings);
  const leftToItself = (scheduled: Scheduled, [name, come]: (typeof tails)[number]): Scheduled => {
    const present = fingerprintOfPresent(scheduled.world).text(name).number;
    let came = known.get(present);
    if (came === undefined) {
      const { end, broken } = after(scheduled.world, 0, come);
      known.set(present, (came = { end, broken }));
    }
    return { ...scheduled, ...came };
  };
  return {
    first: after(new ControlPlane(decider), length, (world) => {
      world.tell(world.picture);
      return null;
    }),
    moves: (scheduled) =>
      scheduled.end === null ? tails.map((tail) => ({ name: tail[0], to: () => leftToItself(scheduled, tail) })) : [],
    faults: ({ world, left, end }) => (left === 0 || end !== null ? [] : happeningsIn(world, left)),
    broken: ({ broken }) => broken,
    ending: ({ end }) => end,
    fingerprint: ({ world, left, end }) => {
      if (end !== null) return new Fingerprint().text(end);
      return left === 0 ? fingerprintOfPresent(world) : fingerprintOf(world).add(left);
    },
  };
}

/** The shortest schedule that breaks something, of at most so many happenings; null if none does. */
export function shortestThatBreaks(
  longest: number,
  decider: typeof decide,
): { promise: string; trace: readonly string[] } | null {
  for (let length = 0; length <= longest; length++) {
    const [found] = explore(schedulesOf(length, decider)).broken;
    if (found !== undefined) return { promise: found[0], trace: found[1].slice(1) };
  }
  return null;
}

function happeningsIn(world: ControlPlane, left: number): Move<Scheduled>[] {
  return Object.entries(happenings).flatMap(([name, { ways, happens }]) =>
    Array.from({ length: ways(world) }, (_, way) => ({
      name: way === 0 ? name : `${name} (${way})`,
      to: () =>
        after(world, left - 1, (copy) => {
          happens(copy, way);
          return null;
        }),
    })),
  );
}

function after(world: ControlPlane, left: number, happens: (copy: ControlPlane) => string | null): Scheduled {
  const copy = world.copy();
  try {
    return { world: copy, left, end: happens(copy), broken: null };
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    return { world: copy, left, end: null, broken: error.message };
  }
}
