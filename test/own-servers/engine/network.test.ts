// What was acknowledged is noted within two seconds, and is not sent again after a kill; a network that cuts, stalls and
// refuses costs neither a record nor the process.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { totals, type Report } from '../../../src/model/report.ts';
import { readReport } from '../../../src/report/reading.ts';
import { Acknowledgements } from '../../support/acknowledgements.ts';
import { startArchivedSource } from '../../support/archived-source.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { unusedName } from '../../support/kafka.ts';
import { reportOf, untilNoted } from '../../support/noted.ts';
import type { ProxiedKafka } from '../../support/proxied-kafka.ts';
import type { Direction, Proxy } from '../../support/proxy.ts';
import { restore, startRestore, type RestoreArguments } from '../../support/rekindle.ts';
import { untilStopped } from '../../support/stopped.ts';

const source = 'network-source';
const RATE = 1_500_000;
const RECORDS = 30_000;
const PARTITIONS = 4;
const BATCH_BYTES = 65_536;
const acknowledgements = new Acknowledgements();
let kafka: ProxiedKafka;
let proxy: Proxy;
let folder = '';
let from = '';

before(async () => {
  const data = { source, records: RECORDS, partitions: PARTITIONS };
  const onAcknowledged = acknowledgements.saw;
  ({ kafka, proxy, folder, from } = await startArchivedSource({ name: 'network-test', onAcknowledged, ...data }));
});
after(() => kafka.stop());

function slowRestore(name: string): { args: RestoreArguments; target: string } {
  const target = unusedName(name);
  const report = join(folder, target);
  return {
    target,
    args: { from, to: kafka.proxied, topics: [`${source}=${target}`], report, maxBytesPerSecond: RATE },
  };
}

/** @returns the report that notes so many records, and how late it was at each look: see `lateness`. Milliseconds. */
async function watched(
  { report: folder }: RestoreArguments,
  target: string,
  records: number,
): Promise<{ noted: Report; late: number[] }> {
  const late: number[] = [];
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    await sleep(50);
    // What is read is not older than this.
    const at = performance.now();
    const report = await readReport(folder).catch(() => null);
    if (report === null) continue;
    const { acknowledged: noted } = totals(report);
    const lateness = acknowledgements.lateness(target, { noted, at });
    if (lateness !== null) late.push(lateness);
    if (noted >= records) return { noted: report, late };
  }
  return assert.fail(`${records} records were never noted`);
}

test('what is acknowledged is noted within two seconds, and after a kill only the rest goes over the wire', async () => {
  const { args, target } = slowRestore('traffic');
  const running = startRestore(args);
  const ended = running.catch(() => undefined);
  const { noted, late } = await watched(args, target, 0.6 * RECORDS);
  const tooLate = late.filter((ms) => ms > 2_000);
  // A busy machine may hold up a note, and not one after the other.
  assert.ok(late.length >= 10 && tooLate.length <= late.length / 10, `late by ms: ${late.map(Math.round).join(', ')}`);
  running.kill('SIGKILL');
  await ended;
  const before = proxy.produced.bytes;
  await restore({ ...args, maxBytesPerSecond: 1e9 });
  const sent = proxy.produced.bytes - before;
  const done = await reportOf(args);
  const sum = totals(done);
  // What was not noted yet at the kill; and the first batch of a partition in a transaction may go twice, because its
  // leader answers "again" until it has verified the transaction.
  const bound = sum.bytes - totals(noted).acknowledgedBytes + 2 * PARTITIONS * BATCH_BYTES;
  assert.ok(sent <= bound, `${sent} bytes were sent after the kill, the bound is ${bound}`);
  assert.ok(sent > 0, 'the proxy counted nothing: the restore does not go through it');
  assert.equal(done.producer?.producerId, noted.producer?.producerId);
  const starts = await kafkaTool('GetOffsetShell', [
    '--bootstrap-server',
    kafka.direct,
    '--topic',
    target,
    '--time',
    '-2',
  ]);
  for (const line of starts.split('\n')) assert.match(line, /:0$/, 'records were deleted');
  await assertFlawless(kafka.direct, [{ source, target }]);
});

test('connections that are cut again and again cost neither a record nor the process', async () => {
  const { args, target } = slowRestore('cut');
  const running = restore(args);
  const state = { finished: false };
  const ended = running.finally(() => (state.finished = true)).catch(() => undefined);
  let cuts = 0;
  const cut = (direction: Direction, bytes: number): Promise<void> =>
    proxy.cutAfter(direction, bytes).then(() => void (cuts += 1));
  // However long the process takes until it sends.
  await Promise.race([cut('toBroker', 100_000), ended]);
  for (let i = 0; i < 20 && !state.finished; i++) {
    await Promise.race([cut(i % 2 ? 'toBroker' : 'toClient', 100_000 + i * 7_919), ended, sleep(2_000)]);
  }
  assert.ok(cuts > 0, 'nothing was cut');
  const { epoch, restore: outcome } = await running;
  assert.deepEqual({ epoch, outcome }, { epoch: 1, outcome: 'done' });
  await assertFlawless(kafka.direct, [{ source, target }]);
});

/** Nobody gets through for six seconds. */
async function outage(): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await sleep(6_000);
  await proxy.accept();
}

test('a broker that cannot be reached for a while is waited for', async () => {
  const { args, target } = slowRestore('refused');
  const running = restore(args);
  await Promise.all([running, untilNoted(args, 0.3).then(outage)]);
  assert.equal((await running).epoch, 1);
  await assertFlawless(kafka.direct, [{ source, target }]);
});

test('a broker that cannot be reached when the proof begins is waited for too', async () => {
  const { args, target } = slowRestore('unproved');
  const running = startRestore({ ...args, stopAt: 'proving:SIGSTOP' });
  const ended = running.catch(() => undefined);
  await untilStopped(running);
  // Its connections are gone before it goes on.
  const over = outage();
  running.kill('SIGCONT');
  await Promise.all([over, ended]);
  const { all } = await running;
  assert.match(all, /KafkaUnreachable: .*Trying again/, 'the proof was not interrupted');
  const { epoch, state } = await reportOf(args);
  assert.deepEqual({ epoch, state }, { epoch: 1, state: 'Done' });
  await assertFlawless(kafka.direct, [{ source, target }]);
});
