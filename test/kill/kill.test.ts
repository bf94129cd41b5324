// Every way in which a Restore can be interrupted, every position and every moment; SIGKILL at each of them. Each comes to
// its end with every record once, and at no greater cost than it must have.
import { handovers, positions, steps, type Handover, type Position } from '../support/interruptions/moments.ts';
import type { Interruption } from '../support/interruptions/scenario.ts';
import { testInterruptions } from '../support/interruptions/suite.ts';
import type { WayName } from '../support/interruptions/ways.ts';

const everyPosition = keysOf(positions);
const everyStep = keysOf(steps);
const [continuing, beginning] = handovers;

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  const isKey = (key: string): key is K => key in record;
  return Object.keys(record).filter(isKey);
}

const each = (way: WayName, at: readonly (Position | Handover)[]): Interruption[] =>
  at.map((one) => ({ way, at: one }));

testInterruptions([
  {
    what: 'what befalls one Restore',
    atOnce: 3,
    interruptions: [
      ...everyStep.map((at) => ({ way: 'SIGKILL of the process', at }) as const),
      ...each('SIGKILL of the process', [...everyPosition, continuing, beginning]),
      ...each('kubectl delete job', [...everyPosition, beginning]),
      ...each('kubectl delete pod --grace-period=0 --force', everyPosition),
      ...each('Eviction API', everyPosition),
      ...each('out of memory', ['10 %', '50 %']),
      ...each('workflow terminated', everyPosition),
      ...each('workflow reset', everyPosition),
      ...each('workflow cancelled', everyPosition),
    ],
  },
  {
    what: 'servers that all Restores need',
    atOnce: 3,
    interruptions: [
      ...each('operator pods deleted', [...everyPosition, continuing]),
      ...each('SIGKILL of the operator processes', ['50 %', continuing]),
      ...each('API server frozen for 8 s', everyPosition),
      ...each('Kafka restarted', everyPosition),
      ...each('Temporal stopped for 60 s', everyPosition),
      ...each('Temporal stopped for 3 min', ['50 %']),
    ],
  },
  {
    what: 'the server that tests ask, too',
    atOnce: 1,
    interruptions: each('API server killed, and away for 20 s', ['50 %']),
  },
  {
    what: 'all that Temporal knew',
    atOnce: 1,
    interruptions: each('Temporal killed, its database wiped', everyPosition),
  },
]);
