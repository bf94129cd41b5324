// A restore that is killed after any of its durable steps, or at any point of its way, goes on from what is in the
// target: every record once, in order, byte for byte.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { ExecaError } from 'execa';
import { steps } from '../../../src/engine/steps.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { untilNoted } from '../../support/noted.ts';
import {
  backup,
  killedRestore,
  restore,
  RUN_AGAIN,
  startRestore,
  type RestoreArguments,
} from '../../support/rekindle.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const source = unusedName('kill-source');
let folder = '';
let from = '';

before(async () => {
  folder = await temporaryFolder('kill');
  from = `file:${join(folder, 'archive')}`;
  await writeRecords({ bootstrap: to, topic: source, records: 40_000, partitions: 4, recordBytes: 300 });
  await backup({ from: to, to: from, topics: [source] });
});

/** A restore of the data set into a topic of its own, which lasts some seconds. */
function slowRestore(name: string, maxBytesPerSecond = 1_500_000): { args: RestoreArguments; target: string } {
  const target = unusedName(`kill-${name.replaceAll(/[^a-z0-9]/g, '-')}`);
  const report = join(folder, target);
  return { target, args: { from, to, topics: [`${source}=${target}`], report, maxBytesPerSecond } };
}

// The second report of a run is written a second after its first records. Purges have tests of their own.
const moments = steps
  .filter((step) => !step.startsWith('purge'))
  .map((step) => (step === 'report-temporary-written' ? `${step}#3` : step));

test('killed at every step of one restore, one after the other', async () => {
  const { args, target } = slowRestore('steps', 600_000);
  for (const stopAt of moments) await killedRestore({ ...args, stopAt });
  const { restore: outcome } = await restore(args);
  assert.equal(outcome, 'done');
  await assertFlawless(to, [{ source, target }]);
});

for (const percent of [10, 50, 90]) {
  test(`SIGKILL at ${percent} % of the records`, async () => {
    const { args, target } = slowRestore(`at-${percent}`);
    const running = startRestore(args);
    const killed = running.catch(() => undefined);
    await untilNoted(args, percent / 100);
    assert.equal(running.exitCode, null, 'the restore ended before it could be killed');
    running.kill('SIGKILL');
    await killed;
    const { resumedFrom, records } = await restore({ ...args, maxBytesPerSecond: 1e9 });
    assert.ok(resumedFrom >= (records * percent) / 100, `resumed from ${resumedFrom} of ${records}`);
    await assertFlawless(to, [{ source, target }]);
  });
}

test('processes that begin at the same moment in a new folder are of one restore: one goes on, or all can be run again', async () => {
  const { args, target } = slowRestore('at-once');
  const endOf = (running: ReturnType<typeof startRestore>): Promise<string> =>
    running.then(
      () => 'done',
      (error: unknown) => (error instanceof ExecaError && error.exitCode === RUN_AGAIN ? 'run again' : String(error)),
    );
  const ends = await Promise.all(Array.from({ length: 4 }, () => endOf(startRestore(args))));
  assert.deepEqual(
    ends.filter((end) => end !== 'run again' && end !== 'done'),
    [],
  );
  await restore(args);
  await assertFlawless(to, [{ source, target }]);
});
