import { sourceNames } from './data.ts';
import { nemeses } from './nemeses/all.ts';
import { ofProcesses } from './nemeses/processes.ts';
import type { Nemesis } from './nemesis.ts';
import { Random } from './random.ts';
import type { Before, Moment, Scenario } from './scenario.ts';

/** Share of the scenarios whose restore has no transactional id. */
const WITHOUT_TRANSACTIONS = 0.25;

/** Share of the scenarios whose restore reads everything back. */
const READ_BACK = 0.25;

const befores: readonly { readonly before: Before; readonly weight: number }[] = [
  { before: 'nothing', weight: 6 },
  { before: 'records of others', weight: 1 },
  { before: 'an older archive restored', weight: 1 },
];

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
    strikes: drawn.map((kind) => ({ at: drawMoment(random, seconds), kind, strike: kind.draw(random) })),
    late: drawn.some(({ late }) => late),
    alone: drawn.some(({ alone }) => alone),
  };
  const without = random.chance(WITHOUT_TRANSACTIONS) && !drawn.some(({ ofTransactions }) => ofTransactions);
  return {
    ...{ ...scenario, delivery: without ? 'idempotent' : 'transactional' },
    ...{ before: drawBefore(random, drawn), proof: random.chance(READ_BACK) ? 'read-back' : 'ledger' },
  };
}

/** What ends a restore for good is told apart from what was there before only if that was nothing. */
function drawBefore(random: Random, drawn: readonly Nemesis[]): Before {
  const { before } = random.weighted(befores);
  // A person is asked first: where others have written, whether what was aborted may begin again; and whether what is new may
  // come behind the records of others.
  const mustAsk =
    (before === 'records of others' && drawn.some(({ ofTransactions }) => ofTransactions)) ||
    (before === 'an older archive restored' && drawn.some(({ foreign }) => foreign));
  return mustAsk || drawn.some(({ fatal }) => fatal) ? 'nothing' : before;
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
