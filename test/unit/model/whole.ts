// `npm run model`: the model of the control plane, every schedule of 6 happenings. A minute or two.
import { explore } from '../search/search.ts';
import { happenings } from './happenings.ts';
import { schedulesOf } from './schedules.ts';

const length = 6;
const { states, moves, ends, broken } = explore(schedulesOf(length));
for (const [promise, trace] of broken) console.log(`BROKEN: ${promise}\n  ${trace.join('\n  ')}`);
const schedules = Object.keys(happenings).length ** length;
console.log(JSON.stringify({ length, schedules, states, moves, ends: Object.fromEntries(ends), broken: broken.size }));
process.exitCode = broken.size === 0 ? 0 : 1;
