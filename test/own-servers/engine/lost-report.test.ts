// The newest report is lost, so that the takeover reads much of the log; the connection is cut in the middle of that.
// What the lost process had written is known again all the same, and goes on.
import assert from 'node:assert/strict';
import { mkdtemp, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertFlawless } from '../../support/flawless.ts';
import { unusedName } from '../../support/kafka.ts';
import { reportOf } from '../../support/noted.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import type { Proxy } from '../../support/proxy.ts';
import { backup, killedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { writeRecords } from '../../support/topics.ts';

const source = 'lost-report-source';
/** What one Fetch of a takeover brings at most, and some: the cut comes between two. */
const CUT_AFTER_BYTES = 12_000_000;

let kafka: ProxiedKafka;
let proxy: Proxy;
let folder = '';
let from = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-lost-report-'));
  from = `file:${join(folder, 'archive')}`;
  kafka = await startProxiedKafka({ name: 'lost-report-test' });
  proxy = kafka.brokers[0]?.clients ?? assert.fail('there is no broker');
  await writeRecords({ bootstrap: kafka.direct, topic: source, records: 150_000, partitions: 1, recordBytes: 300 });
  await backup({ from: kafka.direct, to: from, topics: [source] });
});
after(() => kafka.stop());

const cases = {
  'behind what the report knows': { stopAt: 'checkpointed', maxBytesPerSecond: 500_000 },
  'from the beginning': { stopAt: 'takeover-fenced' },
} as const;

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
    await killedRestore({ ...args, stopAt: 'checkpointed', maxBytesPerSecond: 4_000_000 });
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
