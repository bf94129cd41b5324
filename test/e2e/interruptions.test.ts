// A Restore that is interrupted at any moment, in any way, comes to its end with every record once, and at no greater cost
// than it must have: ten of the cases of test/kill.
import { before, describe, test } from 'node:test';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { dataOfInterruptions, survives, type Interruption } from '../support/interruptions/scenario.ts';

let data: Dataset;
before(async () => {
  data = await e2eDataset(dataOfInterruptions);
});

function tested(what: string, interruptions: readonly Interruption[], concurrency: number): void {
  describe(what, { concurrency }, () => {
    for (const interruption of interruptions) {
      test(`${interruption.way}, ${interruption.at}`, () => survives(interruption, data));
    }
  });
}

tested(
  'what befalls one Restore',
  [
    { way: 'SIGKILL of the process', at: 'after an ack, before the checkpoint' },
    { way: 'SIGKILL of the process', at: 'between commit and epoch bump' },
    { way: 'SIGKILL of the process', at: 'while configuration is put back' },
    { way: 'kubectl delete pod --grace-period=0 --force', at: '10 %' },
    { way: 'Eviction API', at: '90 %' },
    { way: 'workflow cancelled', at: '50 %' },
  ],
  3,
);

tested(
  'servers that all Restores need',
  [
    { way: 'operator pods deleted', at: 'as the workflow continues as new' },
    { way: 'Temporal stopped for 60 s', at: '10 %' },
    { way: 'Kafka restarted', at: '50 %' },
  ],
  3,
);

tested('all that Temporal knew', [{ way: "Temporal's database wiped", at: '50 %' }], 1);
