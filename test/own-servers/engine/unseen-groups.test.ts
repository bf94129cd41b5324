// A start from zero deletes nothing unasked that a consumer group may have read, though the Kafka user may not see groups.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { unusedName } from '../../support/kafka.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import { backup, refusedRestore, restore, type RestoreArguments } from '../../support/rekindle.ts';
import { deleteReport } from '../../support/report-folder.ts';
import { brokerRestricting, clientGiving, hideGroups, showGroups } from '../../support/sasl.ts';
import { dumpTopic, writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const source = 'unseen-groups-source';
const RECORDS = 2_000;
const known = { user: 'without-groups', password: 'as told to the broker' };

let kafka: ProxiedKafka;
let from: string;
let target: string;
let args: RestoreArguments;

before(async () => {
  kafka = await startProxiedKafka({ name: 'unseen-groups-test', properties: brokerRestricting(known) });
  from = `file:${join(await temporaryFolder('unseen-groups'), 'archive')}`;
  await writeRecords({ bootstrap: kafka.direct, topic: source, records: RECORDS, partitions: 2, recordBytes: 200 });
  await backup({ from: kafka.direct, to: from, topics: [source] });
});
after(() => kafka.stop());

/** Restored by a user who may not see groups; the report is gone. */
beforeEach(async () => {
  target = unusedName('unseen-groups');
  const report = await temporaryFolder('unseen-groups-report');
  args = { from, to: kafka.proxied, topics: [`${source}=${target}`], report, properties: clientGiving(known) };
  await hideGroups(kafka.direct, known);
  await restore(args);
  await deleteReport(report);
});

const count = async (): Promise<number> => (await dumpTopic({ bootstrap: kafka.direct, topic: target })).length;
const flawless = (): Promise<number> => assertFlawless(kafka.direct, [{ source, target }]);

test('a group that has read there is not seen: a person is asked, and agrees', async () => {
  await kafkaTool('ConsoleConsumer', [
    ...['--bootstrap-server', kafka.direct, '--topic', target, '--group', unusedName('readers')],
    ...['--from-beginning', '--max-messages', '100', '--timeout-ms', '20000'],
  ]);
  const said = await refusedRestore(args);
  assert.match(said, /ResetNeedsApproval.*may not see all consumer groups.*allow it Describe on the cluster/s);
  assert.equal(await count(), RECORDS, 'nothing was deleted');

  await showGroups(kafka.direct, known);
  assert.match(await refusedRestore(args), /ResetNeedsApproval.*Consumer groups have committed.*readers/s);
  await hideGroups(kafka.direct, known);
  await refusedRestore(args);
  assert.equal((await restore({ ...args, approve: 'ResetNeedsApproval' })).resumedFrom, 0);
  await flawless();
});

test('nobody has read there: it goes on by itself once that can be seen', async () => {
  assert.match(await refusedRestore(args), /ResetNeedsApproval.*may not see all consumer groups/s);
  await showGroups(kafka.direct, known);
  await restore(args);
  await flawless();
});
