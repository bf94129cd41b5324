import { Fingerprints, type Fingerprint } from './fingerprint.ts';

/** Something that can happen next. */
export interface Move<State> {
  readonly name: string;
  readonly to: () => State;
}

/** A model: states, what can happen in each, and what must hold. States are never changed. */
export interface Model<State> {
  readonly first: State;
  /** What happens by itself. Where nothing does any more, a run has come to its end. */
  readonly moves: (state: State) => readonly Move<State>[];
  /** What may go wrong, as long as there is anything left that may. */
  readonly faults: (state: State) => readonly Move<State>[];
  /** The promise that is broken; null if all hold. */
  readonly broken: (state: State, before: State) => string | null;
  /** How a run ended; null if it is stuck. */
  readonly ending: (state: State) => string | null;
  /** The same for states that differ in nothing that can matter. */
  readonly fingerprint: (state: State) => Fingerprint;
  /** The same state without what can change nothing any more. */
  readonly reduced?: (state: State) => State;
  /** Those of the moves that have to be tried, where the order of some makes no difference. */
  readonly representative?: (moves: readonly Move<State>[], state: State) => readonly Move<State>[];
}

/** Broken when a run goes round and round, goes on for ever, or can go nowhere. */
export const progress = 'progress';

/** Moves after which every run has long come to its end. */
const longestRun = 400;

export interface Explored {
  /** Different states that were reached. */
  readonly states: number;
  readonly moves: number;
  /** States in which nothing happens any more, by how the run has ended there. */
  readonly ends: ReadonlyMap<string, number>;
  /** For each broken promise the first moves that were found to lead there. */
  readonly broken: ReadonlyMap<string, readonly string[]>;
}

/** Every state that can be reached by any schedule, depth first. */
export function explore<State>(model: Model<State>): Explored {
  const visited = new Fingerprints();
  const found = new Map<string, readonly string[]>();
  const ends = new Map<string, number>();
  let made = 0;

  /** One state on the way, with the moves that are still to be made from it. */
  const way: { state: State; key: number; by: string; left: Move<State>[] }[] = [];
  const onTheWay = new Set<number>();

  const report = (promise: string, by: string): void => {
    if (!found.has(promise)) found.set(promise, [...way.map((step) => step.by), by]);
  };

  const enter = (to: State, before: State, by: string): void => {
    const promise = model.broken(to, before);
    if (promise !== null) {
      report(promise, by);
      return;
    }
    const state = model.reduced?.(to) ?? to;
    const print = model.fingerprint(state);
    const key = print.number;
    if (!visited.add(print)) {
      // What happens by itself has led to where the run has been.
      if (onTheWay.has(key)) report(progress, by);
      return;
    }
    if (way.length === longestRun) {
      report(progress, by);
      return;
    }
    const moves = model.moves(state);
    if (moves.length === 0) {
      const ending = model.ending(state);
      if (ending === null) report(progress, by);
      else ends.set(ending, (ends.get(ending) ?? 0) + 1);
    }
    const tried = model.representative?.(moves, state) ?? moves;
    way.push({ state, key, by, left: [...tried, ...model.faults(state)].reverse() });
    onTheWay.add(key);
  };

  enter(model.first, model.first, 'begins');
  for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
    const move = step.left.pop();
    if (move === undefined) {
      way.pop();
      onTheWay.delete(step.key);
    } else {
      made += 1;
      enter(move.to(), step.state, move.name);
    }
  }
  return { states: visited.size, moves: made, ends, broken: found };
}
