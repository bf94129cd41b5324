import { progress, type Model, type Move } from './search.ts';

export interface Walk {
  readonly moves: number;
  /** How it ended; the broken promise, if one was. */
  readonly ending: string;
  /** What led to a broken promise; null if none was broken. */
  readonly trace: readonly string[] | null;
}

/** Moves in which every run must come to its end. */
const longestWalk = 5_000;

/** One schedule out of all: something goes wrong now and then, as long as anything may, and else any of what can happen. */
export function walkAtRandom<State>(model: Omit<Model<State>, 'fingerprint'>, seed: number): Walk {
  const random = randomNumbers(seed);
  const pick = (moves: readonly Move<State>[]): Move<State> | undefined => moves[Math.floor(random() * moves.length)];
  const trace: string[] = [];
  /** One move in so many goes wrong: some runs have that early and close together, others far apart. */
  const rarity = 3 + random() * 60;
  let state = model.first;
  while (trace.length < longestWalk) {
    const fault = random() * rarity < 1 ? pick(model.faults(state)) : undefined;
    const move = fault ?? pick(model.moves(state));
    if (move === undefined) {
      const ending = model.ending(state);
      return { moves: trace.length, ending: ending ?? progress, trace: ending === null ? trace : null };
    }
    const before = state;
    state = move.to();
    trace.push(move.name);
    const promise = model.broken(state, before);
    if (promise !== null) return { moves: trace.length, ending: promise, trace };
  }
  return { moves: trace.length, ending: progress, trace };
}

/** Mulberry32: the same numbers, from 0 to 1, for the same seed. */
export function randomNumbers(seed: number): () => number {
  let bits = seed;
  return () => {
    bits = (bits + 0x6d2b79f5) | 0;
    let mixed = Math.imul(bits ^ (bits >>> 15), bits | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
