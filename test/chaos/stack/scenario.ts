import { Random } from '../random.ts';
import { strikes, type StackStrike, type StrikeName } from './strikes.ts';

/** All that a seed stands for, on the whole stack. */
export interface StackScenario {
  readonly seed: number;
  /** How long the records take when nothing happens. */
  readonly seconds: number;
  /** In this order; each once this share of the records is acknowledged. */
  readonly strikes: readonly { readonly at: number; readonly name: StrikeName }[];
}

const all: Readonly<Record<StrikeName, StackStrike>> = strikes;

/** It begins only when it is the turn of its first strike, which would find it done if that came later. */
export function beginsInTurn([first]: StackScenario['strikes']): boolean {
  return first !== undefined && all[first.name].waits !== undefined;
}

/** A scenario is a pure function of its seed: two to four strikes, one after the other. */
export function generate(seed: number): StackScenario {
  const random = new Random(seed);
  const names = Object.keys(strikes) as StrikeName[];
  const weighted = names.map((name) => ({ name, weight: all[name].weight }));
  const count = random.whole(2, 4);
  const moments = Array.from({ length: count }, () => random.between(0.02, 0.9)).sort((a, b) => a - b);
  const seconds = Math.round(random.between(25, 40));
  const drawn = moments.map((at) => ({ at: Math.round(at * 100) / 100, name: random.weighted(weighted).name }));
  const late = beginsInTurn(drawn) ? drawn.slice(1) : drawn;
  const waits = Math.max(0, ...late.map(({ name }) => all[name].waits ?? 0));
  return { seed, seconds: seconds + waits, strikes: drawn };
}
