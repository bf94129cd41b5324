// The newest report is lost, so that the takeover reads much of the log; the connection is cut in the middle of that.
// What the lost process had written is known again all the same. And a takeover that is told to stop stops there.
import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readClaims } from '../../../src/cli/claim-file.ts';
import type { Step } from '../../../src/engine/steps.ts';
import { startArchivedSource } from '../../support/archived-source.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { unusedName } from '../../support/kafka.ts';
import { reportOf } from '../../support/noted.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import type { ProxiedKafka } from '../../support/proxied-kafka.ts';
import type { Proxy } from '../../support/proxy.ts';
import { killedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';

const source = 'lost-report-source';
/** What one Fetch of a takeover brings at most, and some: the cut comes between two. */
const CUT_AFTER_BYTES = 12_000_000;

let kafka: ProxiedKafka;
let proxy: Proxy;
let folder = '';
let from = '';
before(async () => {
  const data = { source, records: 70_000, partitions: 1 };
  ({ kafka, proxy, folder, from } = await startArchivedSource({ name: 'lost-report-test', ...data }));
});
after(() => kafka.stop());

const cases = {
  'behind what the report knows': { stopAt: 'checkpointed', maxBytesPerSecond: 500_000 },
  'from the beginning': { stopAt: 'takeover-fenced' },
} as const;

test('told to stop while the log is to be read, it stops, and takes over when it goes on', async () => {
  const target = unusedName('lost-report');
  const args = { from, to: kafka.direct, topics: [`${source}=${target}`], report: join(folder, target) };
  await killedRestore({ ...args, stopAt: 'proving' });
  const { restore: identity } = await reportOf(args);

  const stop = new AbortController();
  const step: Step = (name) => (name === 'takeover-fenced' ? stop.abort() : undefined);
  const of = {
    ...{ name: target, restore: identity, archive: from.replace('file:', ''), report: args.report },
    kafka: { 'bootstrap.servers': args.to },
    topics: [{ source, target }],
  };
  const run = await openRun(of, { attempt: 2, step });
  await run.prepare((await run.preflight(await readClaims(args.report))).claim);
  const before = run.report.producer;
  assert.equal(await run.restore({ ...patiently, signal: stop.signal }), 'more');
  assert.deepEqual(run.report.producer, before, 'it has taken over all the same');
  assert.equal(await run.restore(patiently), 'done');
  await run.prove(patiently.signal);
  await run.finish();
  await run.close();
  await assertFlawless(kafka.direct, [{ source, target }]);
});

for (const [where, first] of Object.entries(cases)) {
  test(`a cut while the log is read ${where}`, async () => {
    const target = unusedName('lost-report');
    const args: RestoreArguments = {
      from,
      to: kafka.proxied,
      topics: [`${source}=${target}`],
      report: join(folder, target),
    };
    await killedRestore({ ...args, ...first });
    // All is written then, however fast this machine is: enough to be cut in the middle of.
    await killedRestore({ ...args, stopAt: 'proving' });
    const { epoch } = await reportOf(args);
    await truncate(join(args.report, `report.${epoch}.json`), 100);

    let cuts = 0;
    const cut = proxy.cutAfter('toClient', CUT_AFTER_BYTES).then(() => (cuts += 1));
    await restore(args);
    assert.equal(cuts, 1, 'the takeover read less than that');
    await cut;
    await assertFlawless(kafka.direct, [{ source, target }]);
  });
}
