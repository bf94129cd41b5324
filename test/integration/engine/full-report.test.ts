// While there is no room for the report, nothing that is in the target may be lost to the coordinator, which ends an open
// transaction by aborting it once its time is up.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { reportOf, untilNoted } from '../../support/noted.ts';
import { backup, startRestore } from '../../support/rekindle.ts';
import { fill, mountVolume } from '../../support/report-volume.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Longer than a restore leaves a transaction open while it can write its report. Milliseconds. */
const LONGER_THAN_A_WINDOW = 6_000;

test('no transaction is left open while the volume is full, and the restore goes on when there is room', async () => {
  const to = bootstrapServers();
  const folder = await temporaryFolder('full');
  const [source, target] = [unusedName('full-source'), unusedName('full-target')];
  const volume = join(folder, 'volume');
  const from = `file:${join(folder, 'archive')}`;
  const args = { from, to, topics: [`${source}=${target}`], report: join(volume, 'report') };
  await writeRecords({ bootstrap: to, topic: source, records: 10_000, partitions: 3, recordBytes: 200 });
  await backup({ from: to, to: from, topics: [source] });
  const unmount = await mountVolume(volume);
  try {
    const running = startRestore({ ...args, maxBytesPerSecond: 100_000 });
    await untilNoted(args, 0.1);
    const { transactionalId } = await reportOf(args);
    const isOpen = async (): Promise<boolean> => {
      const of = ['--bootstrap-server', to, 'describe', '--transactional-id', transactionalId];
      return /Ongoing/.test(await kafkaTool('TransactionsCommand', of));
    };
    await fill(join(volume, 'ballast'));
    await eventually('the transaction is committed', async () => !(await isOpen()));
    await sleep(LONGER_THAN_A_WINDOW);
    assert.equal(await isOpen(), false, 'another one is open, of which the report can know nothing');
    assert.equal(running.exitCode, null, 'it waits for room');
    await rm(join(volume, 'ballast'));
    const { all } = await running;
    assert.match(all, /"reason":"ReportUnwritable".*cannot be used: ENOSPC/, 'it says what it waits for');
  } finally {
    await unmount();
  }
  await assertFlawless(to, [{ source, target }]);
});
