// A Restore that is interrupted at any moment, in any way, comes to its end with every record once, and at no greater cost
// than it must have: the most telling cases of `npm run test:kill` that concern one Restore.
import { test } from 'node:test';
import { failsWithoutMemoryAndRecovers } from '../support/interruptions/out-of-memory.ts';
import { testInterruptions } from '../support/interruptions/suite.ts';

testInterruptions([
  {
    what: 'what befalls one Restore',
    atOnce: 3,
    interruptions: [
      { way: 'SIGKILL of the process', at: 'after an ack, before the checkpoint' },
      { way: 'SIGKILL of the process', at: 'between commit and epoch bump' },
      { way: 'SIGKILL of the process', at: 'while configuration is put back' },
      { way: 'kubectl delete pod --grace-period=0 --force', at: '90 %' },
      { way: 'out of memory', at: '50 %' },
      { way: 'workflow cancelled', at: '50 %' },
    ],
    besides: (data) => {
      test('out of memory three times: Failed, and what it says helps', () => failsWithoutMemoryAndRecovers(data()));
    },
  },
]);
