import { sourceNames } from './data.ts';
import { nemeses } from './nemeses/all.ts';
import { ofProcesses } from './nemeses/processes.ts';
import type { Nemesis } from './nemesis.ts';
import { Random } from './random.ts';
import type { Moment, Scenario } from './scenario.ts';

/** Share of the scenarios whose restore has no transactional id. */
const WITHOUT_TRANSACTIONS = 0.25;

/** A scenario is a pure function of its seed. */
export function generate(seed: number): Scenario {
  const random = new Random(seed);
  const drawn = drawNemeses(random);
  // A follower that is away, another that takes over: that takes its time.
  const seconds = drawn.some(({ fatal, alone }) => fatal && alone) ? 25 : random.between(3, 8);
  const scenario = {
    seed,
    topics: random.some(sourceNames),
    seconds,
    pauseMs: random.chance(0.5) ? 0 : random.whole(100, 2_000),
    strikes: drawn.map((nemesis) => ({ at: drawMoment(random, seconds), strike: nemesis.draw(random) })),
    late: drawn.some(({ late }) => late),
    alone: drawn.some(({ alone }) => alone),
  };
  const without = random.chance(WITHOUT_TRANSACTIONS) && !drawn.some(({ ofTransactions }) => ofTransactions);
  return { ...scenario, delivery: without ? 'idempotent' : 'transactional' };
}

/** One to four; what ends a restore for good comes with nothing but what befalls processes. */
function drawNemeses(random: Random): Nemesis[] {
  const first = random.weighted(nemeses);
  const count = random.whole(0, 3);
  const others = first.fatal ? ofProcesses : nemeses.filter(({ fatal }) => !fatal);
  return [first, ...Array.from({ length: count }, () => random.weighted(others))];
}

function drawMoment(random: Random, seconds: number): Moment {
  return random.chance(0.7) ? { progress: random.between(0, 0.98) } : { ms: random.whole(0, seconds * 1_000) };
}
