// `npm run bench`: how fast Rekindle restores beside Java's and kafkajs' producers, how much memory it takes, how long its
// proofs take, how soon a restore that was killed writes again, and how soon a Restore whose Job was deleted does. Prints
// one JSON document. Figures depend on the machine and on what else it does, so what counts are the ratios of one run.
import { parseArgs } from 'node:util';
import { partNames } from '../../deploy/dev/state.ts';
import { onStack } from '../runner.ts';
import { measureProof } from './proof.ts';
import { measureResumption } from './resumption.ts';
import { measureTakeover } from './takeover.ts';
import { compareThroughput } from './throughput.ts';

const { values } = parseArgs({
  options: {
    /** Megabytes that each program moves in a round; kafkajs, the slowest, moves an eighth. They and half as much again fit into memory, with 2.5 GB for the programs. */
    megabytes: { type: 'string', default: '12800' },
    /** Every program once a round, one after the other, on a broker of their own. 0: not at all. */
    rounds: { type: 'string', default: '3' },
    /** Megabytes of a restore that is proved, in four topics: a restore of 30 s or so on a slower disk. */
    'proof-megabytes': { type: 'string', default: '12000' },
    /** How often one is proved, in both ways. 0: not at all. */
    proofs: { type: 'string', default: '3' },
    /** Megabytes of a restore that is killed when nine tenths are there, in four topics. */
    'takeover-megabytes': { type: 'string', default: '20000' },
    /** How often it is killed. 0: not at all. */
    takeovers: { type: 'string', default: '3' },
    /** How often a Job is deleted. 0: the stack's Kubernetes and Temporal are not needed. */
    deletions: { type: 'string', default: '5' },
  },
});

const rounds = whole('rounds', values.rounds);
const proofs = whole('proofs', values.proofs);
const takeovers = whole('takeovers', values.takeovers);
const takeoverMegabytes = whole('takeover-megabytes', values['takeover-megabytes']);
const deletions = whole('deletions', values.deletions);
const megabytes = whole('megabytes', values.megabytes);
const proofMegabytes = whole('proof-megabytes', values['proof-megabytes']);
const throughput = rounds === 0 ? undefined : await compareThroughput({ megabytes, rounds });
const onServers = async (): Promise<object> => {
  const proof = proofs === 0 ? undefined : await measureProof({ megabytes: proofMegabytes, topics: 4, rounds: proofs });
  const takeover =
    takeovers === 0 ? undefined : await measureTakeover({ megabytes: takeoverMegabytes, topics: 4, kills: takeovers });
  return { proof, takeover, resumption: deletions === 0 ? undefined : await measureResumption(deletions) };
};
const parts = deletions > 0 ? partNames : (['kafka'] as const);
const rest = proofs + takeovers + deletions === 0 ? {} : await onStack(onServers, parts);
console.log(JSON.stringify({ throughput, ...rest }, null, 1));

function whole(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${option} takes a whole number, not ${value}`);
  return number;
}
