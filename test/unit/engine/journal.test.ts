// A process whose report another one has opened, or whose report is gone, has nothing to write any more.
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test, type TestContext } from 'node:test';
import { Journal } from '../../../src/engine/journal.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { readReport } from '../../../src/report/reading.ts';
import { ReportStore } from '../../../src/report/store.ts';
import { goingOn } from '../report/documents.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder('journal');
});

async function opened(): Promise<Journal> {
  const { store, current } = await ReportStore.open(folder, goingOn);
  return new Journal(store, current);
}

test('as long as it is the newest one it is ours', async () => {
  await opened();
  await (await opened()).stillOurs();
});

test('once another process has opened it, it is not', async () => {
  const journal = await opened();
  await opened();
  await assert.rejects(journal.stillOurs(), { reason: 'ReportTakenOver', message: /epoch 2, ours is 1/ });
});

test('nor when it is gone', async () => {
  const journal = await opened();
  await rm(folder, { recursive: true });
  await assert.rejects(journal.stillOurs(), { reason: 'ReportTakenOver', message: /not there any more/ });
});

for (const epoch of [1, 2]) {
  test(`nor when somebody has begun from zero since, whose epoch is 1 and ours ${epoch}`, async () => {
    for (let before = 1; before < epoch; before++) await opened();
    const journal = await opened();
    await rm(folder, { recursive: true });
    await opened();
    await assert.rejects(journal.stillOurs(), { reason: 'ReportTakenOver', message: /not there any more/ });
  });
}

test('nor when only the documents were deleted, whatever is written after that', async () => {
  const journal = await opened();
  for (const name of await readdir(folder)) if (name.startsWith('report')) await rm(join(folder, name));
  await assert.rejects(journal.stillOurs(), { reason: 'ReportTakenOver' });
});

test('a write says so, too, when the folder is gone', async () => {
  const journal = await opened();
  await rm(folder, { recursive: true });
  await assert.rejects(journal.write(), { reason: 'ReportTakenOver', message: /not there any more/ });
});

const found = {
  held: new RekindleError('ResetNeedsApproval', 'others have written'),
  failed: new RekindleError('LedgerRepeat', 'records stand twice'),
  waiting: new RekindleError('KafkaUnreachable', 'no broker answers'),
};

for (const [consequence, error] of Object.entries(found)) {
  test(`${consequence}: what is found is told, and what it holds for is in the report`, async () => {
    const journal = await opened();
    await assert.rejects(
      journal.holding(() => Promise.reject(error)),
      error,
    );
    assert.equal((await readReport(folder))?.hold?.reason, consequence === 'held' ? error.reason : undefined);
  });
}

for (const error of [found.held, found.failed]) {
  test(`${error.reason}: what another process has brought about is not told`, async () => {
    const journal = await opened();
    await opened();
    await assert.rejects(
      journal.holding(() => Promise.reject(error)),
      { reason: 'ReportTakenOver', cause: error },
    );
    assert.equal((await readReport(folder))?.hold, null);
  });
}

test('where the report cannot be looked at, what is found is told', async (context) => {
  const journal = await opened();
  context.mock.method(journal, 'stillOurs', () => Promise.reject(new Error('EIO')));
  await assert.rejects(
    journal.holding(() => Promise.reject(found.failed)),
    found.failed,
  );
});

/** Each look takes so long, and then this happens. */
async function slow(context: TestContext, ms: number, happens: () => Promise<unknown>): Promise<Looks> {
  const journal = await opened();
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const looks = context.mock.method(journal, 'stillOurs', async () => {
    await Journal.prototype.stillOurs.call(journal);
    now += ms;
    await happens();
  });
  return { journal, count: () => looks.mock.callCount() };
}

interface Looks {
  readonly journal: Journal;
  readonly count: () => number;
}

test('frozen after its look, while another process opens it, it looks again before it acts', async (context) => {
  const { journal, count } = await slow(context, 5_000, opened);
  await assert.rejects(journal.stillOursNow(), { reason: 'ReportTakenOver' });
  assert.equal(count(), 2);
});

test('on a slow volume it does not look for ever', async (context) => {
  const { journal, count } = await slow(context, 300, () => Promise.resolve());
  await journal.stillOursNow();
  assert.equal(count(), 3);
});
