import { allFaults, faultsOf, type Fault } from './faults.ts';
import { broken, isStuck, type Invariant } from './invariants.ts';
import { movesOf } from './moves.ts';
import { representative, withoutTheDead } from './reduction.ts';
import { Fingerprints } from './fingerprint.ts';
import { fingerprintOf } from './sameness.ts';
import { newWorld, type Move, type Rules, type World } from './world.ts';

/** How an invariant was broken: the names of the moves that led there. */
export type Trace = readonly string[];

export interface Explored {
  /** Different states that were reached. */
  readonly states: number;
  readonly moves: number;
  /** States in which nothing happens any more, by how the run has ended there. */
  readonly ends: ReadonlyMap<string, number>;
  /** The first trace that was found for each broken invariant. */
  readonly broken: ReadonlyMap<Invariant, Trace>;
}

/** Moves after which a run of a few batches has long come to its end, whatever went wrong. */
const longestRun = 400;

/** Every state that can be reached, by every schedule of moves with at most so many faults of these kinds. */
export function explore(rules: Rules, faults: number, kinds: readonly Fault[] = allFaults): Explored {
  const visited = new Fingerprints();
  const found = new Map<Invariant, Trace>();
  const ends = new Map<string, number>();
  let made = 0;

  /** One state on the way, with the moves that are still to be made from it. */
  const way: { world: World; key: number; by: string; left: Move[] }[] = [];
  const onTheWay = new Set<number>();

  const report = (invariant: Invariant, by: string): void => {
    if (!found.has(invariant)) found.set(invariant, [...way.map((step) => step.by), by]);
  };

  const enter = (to: World, before: World, by: string): void => {
    const invariant = broken(to, before, rules);
    if (invariant !== null) {
      report(invariant, by);
      return;
    }
    const world = withoutTheDead(to, rules, kinds);
    const print = fingerprintOf(world);
    const key = print.number;
    if (!visited.add(print)) {
      // Moves that are not faults have led to where the run has been: it goes round and round.
      if (onTheWay.has(key)) report('progress', by);
      return;
    }
    if (way.length === longestRun) {
      report('progress', by);
      return;
    }
    const own = movesOf(world, rules);
    if (isStuck(world, own)) report('progress', by);
    if (own.length === 0) ends.set(nameOf(world), (ends.get(nameOf(world)) ?? 0) + 1);
    way.push({
      world,
      key,
      by,
      left: [...representative(own, world, rules), ...faultsOf(world, rules, kinds)].reverse(),
    });
    onTheWay.add(key);
  };

  const first = newWorld(faults);
  enter(first, first, 'begins');
  for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
    const move = step.left.pop();
    if (move === undefined) {
      way.pop();
      onTheWay.delete(step.key);
    } else {
      made += 1;
      enter(move.to(), step.world, move.name);
    }
  }
  return { states: visited.size, moves: made, ends, broken: found };
}

const nameOf = ({ end }: World): string => (end === null ? 'stuck' : end.as === 'Done' ? 'Done' : end.reason);
