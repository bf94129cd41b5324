// A process that was frozen, and wakes up after another one has taken its report and finished, changes nothing in the
// target: no record, no offset, no configuration.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../../../src/model/claim.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { kafkaTool } from '../../support/java.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import {
  backup,
  restore,
  RUN_AGAIN,
  startRestore,
  type RestoreArguments,
  type startRekindle,
} from '../../support/rekindle.ts';
import { deleteReport } from '../../support/report-folder.ts';
import { untilStopped } from '../../support/stopped.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const to = bootstrapServers();
const source = unusedName('frozen-source');
let folder = '';
let from = '';

before(async () => {
  folder = await temporaryFolder('frozen');
  from = `file:${join(folder, 'archive')}`;
  await writeRecords({ bootstrap: to, topic: source, records: 20_000, partitions: 4, recordBytes: 300 });
  await backup({ from: to, to: from, topics: [source] });
});

function restoreOf(name: string): { args: RestoreArguments; target: string } {
  const target = unusedName(`frozen-${name}`);
  const report = join(folder, target);
  return { target, args: { from, to, topics: [`${source}=${target}`], report } };
}

/** All that a late writer could change: first and last offset of each partition, the configuration, and the claim. */
async function stateOf(target: string, { report }: RestoreArguments): Promise<string> {
  const offsets = (time: string): Promise<string> =>
    kafkaTool('GetOffsetShell', ['--bootstrap-server', to, '--topic', target, '--time', time]);
  const configuration = kafkaTool('TopicCommand', ['--bootstrap-server', to, '--topic', target, '--describe']);
  const claimed = readFile(join(report, 'claim.json'), 'utf8');
  return (await Promise.all([offsets('-2'), offsets('-1'), configuration, claimed])).join('\n');
}

/** Wakes the process up after another one has finished on its report. */
async function outlived(
  frozen: ReturnType<typeof startRekindle>,
  args: RestoreArguments,
  target: string,
): Promise<void> {
  const ended = frozen.catch((error: unknown) => error);
  await untilStopped(frozen);
  const { restore: outcome } = await restore(args);
  assert.equal(outcome, 'done');
  const before = await stateOf(target, args);
  await sleep(2_500); // two checks of the broker for producers to forget, at one a second
  frozen.kill('SIGCONT');
  await ended;
  assert.equal(frozen.exitCode, RUN_AGAIN, 'the process that woke up must stop because its report was taken over');
  assert.equal(await stateOf(target, args), before);
  await assertFlawless(to, [{ source, target }]);
}

test('frozen while it sends, its transaction open', async () => {
  const { args, target } = restoreOf('sending');
  const frozen = startRestore({ ...args, maxBytesPerSecond: 1_000_000, stopAt: 'acknowledged:SIGSTOP' });
  await outlived(frozen, args, target);
});

test('frozen before it looks at the target: what it finds then is no failure of the restore', async () => {
  const { args, target } = restoreOf('opened');
  await outlived(startRestore({ ...args, stopAt: 'report-opened:SIGSTOP' }), args, target);
  const audits = await readdir(join(folder, 'archive/audit'), { recursive: true });
  const { uid } = claim.parse(JSON.parse(await readFile(join(args.report, 'claim.json'), 'utf8'))).restore;
  assert.deepEqual(
    audits.filter((name) => name.startsWith(`${uid}/`)),
    [`${uid}/2.json`],
  );
});

test('frozen before it records what it claims: the claim is the other one’s', async () => {
  const { args, target } = restoreOf('claiming');
  await outlived(startRestore({ ...args, stopAt: 'claiming:SIGSTOP' }), args, target);
});

test('frozen before it touches the target', async () => {
  const { args, target } = restoreOf('preparing');
  await outlived(startRestore({ ...args, stopAt: 'preparing:SIGSTOP' }), args, target);
});

test('frozen between what it read and what it deletes', async () => {
  const { args, target } = restoreOf('purging');
  await restore(args);
  await deleteReport(args.report);
  await outlived(startRestore({ ...args, stopAt: 'purge-decided:SIGSTOP' }), args, target);
});

test('frozen while it proves: it does not say so behind the other one', async () => {
  const { args, target } = restoreOf('proving');
  await outlived(startRestore({ ...args, stopAt: 'proving:SIGSTOP' }), args, target);
  const own = await readFile(join(args.report, 'report.1.json'), 'utf8').catch(() => '');
  assert.doesNotMatch(own, /"state": ?"(Proved|Done)"/);
});
