import { allFaults, faultsOf, type Fault } from './faults.ts';
import { broken, isStuck, type Invariant } from './invariants.ts';
import { movesOf } from './moves.ts';
import { newWorld, type Move, type Rules, type World } from './world.ts';

export interface RandomRun {
  readonly moves: number;
  /** How it ended. */
  readonly end: string;
  /** The invariant that was broken, and the moves that led there. */
  readonly broken: { readonly invariant: Invariant; readonly trace: readonly string[] } | null;
}

/** Moves in which every run of this size must come to its end. */
const longestRun = 5_000;

/** One schedule out of all: a fault now and then, as long as there are any left, and any of the other moves. */
export function runAtRandom(
  rules: Rules,
  faults: number,
  seed: number,
  kinds: readonly Fault[] = allFaults,
): RandomRun {
  const random = randomNumbers(seed);
  const pick = (moves: readonly Move[]): Move | undefined => moves[Math.floor(random() * moves.length)];
  const trace: string[] = [];
  /** One move in so many is a fault: some runs have theirs early and close together, others far apart. */
  const rarity = 3 + random() * 60;
  let world: World = newWorld(faults);
  for (;;) {
    const own = movesOf(world, rules);
    const fault = random() * rarity < 1 ? pick(faultsOf(world, rules, kinds)) : undefined;
    const move = fault ?? pick(own);
    if (move === undefined) break;
    const before = world;
    world = move.to();
    trace.push(move.name);
    const invariant = broken(world, before, rules);
    if (invariant !== null) return { moves: trace.length, end: invariant, broken: { invariant, trace } };
    if (trace.length === longestRun) break;
  }
  const goesOn = trace.length === longestRun || isStuck(world, movesOf(world, rules));
  if (goesOn) return { moves: trace.length, end: 'progress', broken: { invariant: 'progress', trace } };
  return { moves: trace.length, end: world.end?.as === 'halted' ? world.end.reason : 'Done', broken: null };
}

/** Mulberry32: the same numbers, from 0 to 1, for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
