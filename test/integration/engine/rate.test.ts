// A restore sends no faster than it may, by records as by bytes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { assertFlawless } from '../../support/flawless.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import { backup, restore } from '../../support/rekindle.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const source = unusedName('rate-source');
const RECORDS = 10_000;
let folder = '';
let bytes = 0;
before(async () => {
  folder = await temporaryFolder('rate');
  await writeRecords({ bootstrap: to, topic: source, records: RECORDS, partitions: 4, recordBytes: 300 });
  await backup({ from: to, to: `file:${join(folder, 'archive')}`, topics: [source] });
});

/** Seconds that a restore takes at these rates. */
async function secondsAt(rates: { maxBytesPerSecond?: number; maxRecordsPerSecond?: number }): Promise<number> {
  const target = unusedName('rate');
  const from = `file:${join(folder, 'archive')}`;
  const done = await restore({ from, to, topics: [`${source}=${target}`], report: join(folder, target), ...rates });
  await assertFlawless(to, [{ source, target }]);
  bytes = done.bytes;
  return done.seconds;
}

test('records per second, then bytes per second', async () => {
  // The first and the last request of each lane are not waited for.
  const least = 2.5;
  assert.ok((await secondsAt({ maxRecordsPerSecond: RECORDS / 4 })) >= least);
  assert.ok((await secondsAt({ maxBytesPerSecond: bytes / 4 })) >= least);
});
