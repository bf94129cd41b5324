// `npm run bench`: how fast Rekindle restores beside Java's and kafkajs' producers, how much memory it takes, and how soon
// a Restore whose Job was deleted sends again. Prints one JSON document. Figures depend on the machine and on what else it
// does, so what counts are the ratios of one run.
import { parseArgs } from 'node:util';
import { measureResumption } from './resumption.ts';
import { compareThroughput } from './throughput.ts';

const { values } = parseArgs({
  options: {
    /** Megabytes that each program moves in a round; kafkajs, the slowest, moves an eighth. At least 10 s each on two cores. */
    megabytes: { type: 'string', default: '5000' },
    /** Every program once a round, one after the other. */
    rounds: { type: 'string', default: '3' },
    /** How often a Job is deleted. 0: the stack's Kubernetes and Temporal are not needed. */
    deletions: { type: 'string', default: '5' },
  },
});

const throughput = await compareThroughput({
  megabytes: positive('megabytes', values.megabytes),
  rounds: positive('rounds', values.rounds),
});
const deletions = Number(values.deletions);
const resumption = deletions === 0 ? undefined : await measureResumption(positive('deletions', values.deletions));
console.log(JSON.stringify({ throughput, resumption }, null, 1));

function positive(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${option} takes a whole number above 0, not ${value}`);
  return number;
}
