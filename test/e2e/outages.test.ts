// Restores whose servers are stopped, restarted, killed or wiped come to their end with every record once, and at no greater
// cost than they must have: the most telling cases of `npm run test:kill` that concern whatever runs meanwhile.
import { testInterruptions } from '../support/interruptions/suite.ts';

testInterruptions([
  {
    what: 'servers that all Restores need',
    atOnce: 3,
    interruptions: [
      { way: 'operator pods deleted', at: 'as the workflow continues as new' },
      { way: 'Temporal stopped for 60 s', at: '10 %' },
      { way: 'Kafka restarted', at: '50 %' },
    ],
  },
  {
    what: 'all that Temporal knew',
    atOnce: 1,
    interruptions: [{ way: 'Temporal killed, its database wiped', at: '50 %' }],
  },
]);
