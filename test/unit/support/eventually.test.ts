// Whoever waits gets what it waited for, or a sentence that says what never came; and a report that has come to its end
// without it is not waited for any longer.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyReport, type ReportState } from '../../../src/model/report.ts';
import { stored } from '../../../src/report/stored.ts';
import { eventually } from '../../support/eventually.ts';
import { untilReport } from '../../support/noted.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('what is seen in the end is returned', async () => {
  const looks = [false, null, undefined, 0];
  assert.equal(await eventually('a number', () => looks.shift(), { everyMs: 1 }), 0);
});

test('what does not come in time is named', { timeout: 5_000 }, async () => {
  await assert.rejects(
    eventually('it rains', () => false, { ms: 20, everyMs: 1 }),
    /^Error: not within 0.02 s: it rains$/,
  );
});

/** A folder with a report in this state. */
async function reportIn(state: ReportState): Promise<string> {
  const folder = await temporaryFolder('noted');
  const report = { ...emptyReport({ namespace: 'a', name: 'b', uid: 'c' }, 1, '2024-01-01T00:00:00.000Z'), state };
  await writeFile(join(folder, 'report.1.json'), JSON.stringify(stored(report, new Map(), [])));
  return folder;
}

test('a report that is done without what is wanted', async () => {
  await assert.rejects(
    untilReport(await reportIn('Done'), 'it fails', ({ state }) => state === 'Failed'),
    /it was done without: it fails/,
  );
});

test('a report that is done, as wanted', async () => {
  const isDone = ({ state }: { state: ReportState }): boolean => state === 'Done';
  assert.equal((await untilReport(await reportIn('Done'), 'it is done', isDone)).state, 'Done');
});

test('a report that does not say it in time', async () => {
  const waiting = untilReport(await reportIn('Restoring'), 'it is done', ({ state }) => state === 'Done', { ms: 20 });
  await assert.rejects(waiting, /not within 0.02 s: the report says: it is done/);
});
