// `npm run model`: the model of the protocol, whole: every schedule of 4 batches, 2 writers and at most 3 faults in all, of
// any kinds; then random ones beyond that. `-- --brokers new` (3.6 and newer) or `old` for one half of it. Minutes.
import { parseArgs } from 'node:util';
import { walkAtRandom } from '../search/random-walk.ts';
import { explore } from '../search/search.ts';
import { planOf } from './entry.ts';
import { protocolModel } from './model.ts';
import { protocol } from './policy.ts';
import type { Rules } from './world.ts';

const { values } = parseArgs({ options: { brokers: { type: 'string', default: 'both' } } });
const sum = { states: 0, moves: 0, runs: 0, broken: 0 };

for (const [brokers, verifies] of [['new', true] as const, ['old', false] as const]) {
  if (values.brokers !== 'both' && values.brokers !== brokers) continue;
  const rules: Rules = { plan: planOf(4), policy: protocol, verifies, window: 3 };
  const started = performance.now();
  const { states, moves, ends, broken } = explore(protocolModel(rules, 3));
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`${brokers} brokers: ${states} states, ${moves} moves in ${seconds} s, ended`, Object.fromEntries(ends));
  for (const [invariant, trace] of broken) tell(invariant, trace);
  sum.states += states;
  sum.moves += moves;
  for (let seed = 1; seed <= 50_000; seed++) {
    const { ending, trace } = walkAtRandom(protocolModel({ ...rules, plan: planOf(12), window: 'any' }, 12), seed);
    sum.runs += 1;
    if (trace !== null) tell(`${ending}, seed ${seed}`, trace);
  }
}
console.log(JSON.stringify(sum));
process.exitCode = sum.broken === 0 ? 0 : 1;

function tell(what: string, trace: readonly string[]): void {
  sum.broken += 1;
  console.log(`BROKEN: ${what}\n  ${trace.join('\n  ')}`);
}
