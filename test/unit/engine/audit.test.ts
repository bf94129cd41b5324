// The audit is beside the archive and in the report's folder, is never written over, and fails nothing where it cannot
// be written.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { writeAudit, type Audited } from '../../../src/engine/audit.ts';
import { audit } from '../../../src/model/audit.ts';
import { restoreOrder } from '../../../src/model/order.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { report as reportSchema, type Report } from '../../../src/model/report.ts';
import { ReportStore } from '../../../src/report/store.ts';
import { FileStorage } from '../../../src/storage/file.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const logger = createLogger();
const restore = { namespace: 'ns', name: 'orders', uid: 'uid-1' };
const first = (_: Report | null, epoch: number): Report =>
  reportSchema.parse({
    version: 1,
    ...{ restore, epoch, state: 'Done', updatedAt: new Date(0).toISOString() },
    ...{ plan: [], clusterId: null, transactionalId: 't', producer: null, attempts: [], topics: [] },
    ...{ proof: null, errors: [] },
  });
const order = restoreOrder.parse({
  restore,
  source: { kind: 'file', path: '/archive' },
  kafka: {},
  topics: [{ source: 'a', target: 'a' }],
});
const context = { order, image: null, signals: null };

let archive = '';
beforeEach(async () => {
  archive = await temporaryFolder('audit-archive');
});

async function openReport(): Promise<{ folder: string; store: ReportStore; current: Report }> {
  const folder = await temporaryFolder('audit-report');
  return { folder, ...(await ReportStore.open(folder, first)) };
}

const beside = (): Promise<string[]> => readdir(join(archive, 'audit/uid-1')).then((names) => names.sort());

test('the same document in both places, with the digest of the report', async () => {
  const { folder, store, current } = await openReport();
  const written = await writeAudit(current, context, { store, storage: new FileStorage(archive), logger });
  assert.deepEqual(written, { written: true, at: `file:${join(archive, 'audit/uid-1/1.json')}` } satisfies Audited);
  const text = await readFile(join(archive, 'audit/uid-1/1.json'), 'utf8');
  assert.equal(await readFile(join(folder, 'audit.1.json'), 'utf8'), text);
  const { report } = audit.parse(JSON.parse(text));
  const body = await readFile(join(folder, report.file));
  assert.deepEqual(
    { bytes: report.bytes, sha256: report.sha256 },
    { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') },
  );
  assert.deepEqual(await beside(), ['1.json'], 'nothing is left behind');
});

test('each epoch has its own, and a start from zero writes over none', async () => {
  const storage = new FileStorage(archive);
  for (const folder of [await openReport(), await openReport()]) {
    await writeAudit(folder.current, context, { ...folder, storage, logger });
    const { store, current } = await ReportStore.open(folder.folder, first);
    await writeAudit(current, context, { store, storage, logger });
  }
  assert.deepEqual(await beside(), ['1-2.json', '1.json', '2-2.json', '2.json']);
});

class Unwilling extends FileStorage {
  readonly answer: () => Promise<void>;

  constructor(answer: () => Promise<void>) {
    super(archive);
    this.answer = answer;
  }

  override create(): Promise<void> {
    return this.answer();
  }
}
const refusal = (): Promise<void> => Promise.reject(new RekindleError('NotAuthorized', 'access is refused (403).'));
const silence = (): Promise<void> => new Promise(() => undefined);
for (const [what, answer, why] of [
  ['refuses', refusal, /access is refused/],
  ['does not answer', silence, /has not taken the audit within 0\.05 s/],
] as const) {
  test(`a Storage that ${what}: that is said, and the folder has the audit`, async () => {
    const { folder, store, current } = await openReport();
    const storage = new Unwilling(answer);
    const written = await writeAudit(current, context, { store, storage, logger, withinMs: 50 });
    assert.equal(written.written, false);
    assert.match(written.why, why);
    assert.ok((await readdir(folder)).includes('audit.1.json'));
  });
}
