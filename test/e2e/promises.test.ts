// The eight promises to the person with kubectl, each kept on real servers and checked by an independent Java consumer.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { totals } from '../../src/model/report.ts';
import type { Restore } from '../../src/model/resources/restore.ts';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { eventually } from '../support/eventually.ts';
import { assertFlawless } from '../support/flawless.ts';
import { unusedName } from '../support/kafka.ts';
import { assertOwnConfiguration } from '../support/interruptions/own-configuration.ts';
import { readAuditOf, readReportOf } from '../support/report-on-volume.ts';
import {
  accelerate,
  apply,
  exists,
  forget,
  jobOf,
  jobsOf,
  k,
  namespace,
  readRestore,
  reportClaimOf,
  restoreObject,
  until,
  untilAttemptAfter,
  untilDone,
  untilPodsHaveLeft,
  untilRestored,
} from '../support/restores.ts';
import { writeRecords } from '../support/topics.ts';

/** A restore of the data set lasts some 40 seconds: it is still going on when a busy machine comes to interrupt it. */
const SLOW = 200_000;
/** Slow enough to be watched, and soon at the end. */
const STEADY = 400_000;
/** Slow enough to be interrupted, and sooner at the end. */
const BRISK = 1_000_000;
const FAST = 1_000_000_000;

let data: Dataset;
before(async () => {
  data = await e2eDataset();
});

/** A Restore of both topics into topics of its own. */
async function startRestore(prefix: string, maxBytesPerSecond: number, more: object = {}): Promise<Started> {
  const name = unusedName(prefix);
  const topics = [
    { source: data.records, target: `${name}-records` },
    { source: data.packages, target: `${name}-packages` },
  ];
  const manifest = restoreObject({ name, source: data.archive, topics, maxBytesPerSecond, ...more });
  await apply(manifest);
  return { name, topics, manifest };
}
interface Started {
  name: string;
  topics: { source: string; target: string }[];
  manifest: ReturnType<typeof restoreObject>;
}

/** Not by `kubectl wait`, which fails if it is gone before it looks. */
async function untilExists(kind: Parameters<typeof exists>[0], name: string, expected: boolean): Promise<void> {
  const isSo = async (): Promise<boolean> => (await exists(kind, name)) === expected;
  await eventually(`${kind} ${name} is ${expected ? 'there' : 'gone'}`, isSo, { ms: 60_000, everyMs: 300 });
}

/** Looks until the PVC is gone: whatever Job is seen before it is seen to be there is one that was made too early. */
async function noOtherJobWhileThereIs(claim: string, restore: Restore): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    const others = (await jobsOf(restore)).filter((job) => job !== jobOf(restore));
    if (!(await exists('PersistentVolumeClaim', claim))) return true;
    assert.deepEqual(others, [], 'another Job was made while the PVC was terminating');
    return false;
  };
  await eventually(`pvc ${claim} is gone`, isGone, { ms: 120_000, everyMs: 200 });
}

/** What stands at this path of the Job's pod. */
const ofPod = (restore: Restore, path: string): Promise<string> =>
  k('get', 'pod', '-l', `batch.kubernetes.io/job-name=${jobOf(restore)}`, '-o', `jsonpath={.items[0]${path}}`);

/** A Restore of the same name that shares nothing with the one before it, and has begun from zero. */
function assertAnother(restore: Restore, before: Restore): void {
  assert.notEqual(restore.metadata.uid, before.metadata.uid);
  assert.match(restore.status.workflow?.id ?? '', new RegExp(`/${restore.metadata.name}/${restore.metadata.uid}$`));
  assert.notEqual(jobOf(restore), jobOf(before));
  assert.notEqual(reportClaimOf(restore), reportClaimOf(before));
  assert.equal(restore.status.resumedFrom ?? 0, 0);
}

/** In the cluster the pod has no right but what everybody has. */
async function assertPowerless(restore: Restore): Promise<void> {
  const account = await ofPod(restore, '.spec.serviceAccountName');
  const rightsOf = (who: string): Promise<string> =>
    k('auth', 'can-i', '--list', '--no-headers', `--as=system:serviceaccount:${who}`);
  const [its, nobodys, operators] = await Promise.all([
    rightsOf(`${namespace}:${account}`),
    rightsOf(`${namespace}:nobody`),
    rightsOf('rekindle-system:rekindle-operator'),
  ]);
  assert.equal(its, nobodys);
  assert.notEqual(operators, nobodys, 'the rights of others are not seen');
}

describe('promises', { concurrency: 3 }, () => {
  test('1. creating a Restore creates its report PVC, which goes with the Restore', async () => {
    const { name } = await startRestore('promise-1', FAST, { enabled: false });
    const restore = await until(
      name,
      'given a report',
      ({ metadata }) => 'io.kannika/report-pvc-name' in metadata.labels,
    );
    const claim = reportClaimOf(restore);
    assert.match(claim, new RegExp(`^${name}-report-[a-z0-9]+$`));
    assert.equal(restore.metadata.annotations['io.kannika/report-pvc-name'], claim);
    await until(name, 'Ready', ({ status }) => status.message === 'Ready');
    await untilExists('PersistentVolumeClaim', claim, true);
    const owner = await k('get', 'pvc', claim, '-o', 'jsonpath={.metadata.ownerReferences[0].uid}');
    assert.equal(owner, restore.metadata.uid);
    assert.equal(await k('get', 'jobs', '-l', `app.kubernetes.io/instance=${name}`, '-o', 'name'), '');

    await k('delete', 'restore', name, '--timeout=60s');
    await untilExists('PersistentVolumeClaim', claim, false);
  });

  test('2. and 3. enabled with a mapping a Job appears, and the report is written all along', async () => {
    const { name, topics } = await startRestore('promise-2', STEADY);
    const running = await untilRestored(name, 0.3);
    assert.equal(running.metadata.annotations['io.kannika/restore-job-name'], jobOf(running));
    assert.equal(running.status.message, '🚀 Restoring');
    const report = await readReportOf(running);
    assert.equal(report.restore.name, name);
    // Two seconds, and what a busy machine takes to read it.
    assert.ok(Date.now() - Date.parse(report.updatedAt) < 5_000, `the report is of ${report.updatedAt}`);
    const partitions = report.topics.flatMap((topic) => topic.partitions);
    assert.ok(partitions.some(({ acknowledged }) => acknowledged > 0));
    for (const { acknowledged, committed } of partitions) assert.ok(committed <= acknowledged);
    assert.deepEqual([report.state, report.errors], ['Restoring', []]);
    await assertPowerless(running);

    const done = await untilDone(name);
    assert.ok(await exists('Job', jobOf(running)));
    assert.equal(done.status.attempt, 1);
    const completed = done.status.conditions.find(({ type }) => type === 'JobCompleted');
    assert.deepEqual([completed?.status, completed?.reason], ['True', 'JobCompleted']);
    assert.equal((await readReportOf(done)).state, 'Done');
    const [attempt] = (await readAuditOf(done)).attempts;
    assert.equal(attempt?.imageId, await ofPod(done, '.status.containerStatuses[0].imageID'));
    assert.match(attempt.imageId, /sha256:[0-9a-f]{64}$/);
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });

  test('4. a deleted Job is a new attempt that goes on from the report', async () => {
    const { name, topics } = await startRestore('promise-4', SLOW);
    const before = await untilRestored(name, 0.2);
    await accelerate(name);
    await k('delete', 'job', jobOf(before));
    const after = await untilAttemptAfter(name, 1);
    assert.notEqual(jobOf(after), jobOf(before));
    assert.notEqual(after.status.workflow?.runId, before.status.workflow?.runId);
    assert.equal(after.status.workflow?.id, before.status.workflow?.id);
    const resumedFrom = after.status.resumedFrom ?? 0;
    assert.ok(resumedFrom >= (before.status.progress?.acknowledgedRecords ?? 0), `resumed from ${resumedFrom}`);
    const done = await untilDone(name);
    assert.equal(done.status.attempt, 2);
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });

  test('6. a deleted PVC and then the Job start from zero with a new PVC', async () => {
    const { name, topics } = await startRestore('promise-6', SLOW);
    const before = await untilRestored(name, 0.2);
    await accelerate(name);
    const claim = reportClaimOf(before);
    await k('delete', 'pvc', claim, '--wait=false');
    await until(name, 'told that the PVC is terminating', ({ status }) =>
      JSON.stringify(status.conditions).includes('Terminating'),
    );
    assert.ok(await exists('Job', jobOf(before)), 'deleting the PVC alone stops nothing');
    await Promise.all([noOtherJobWhileThereIs(claim, before), k('delete', 'job', jobOf(before))]);
    const after = await untilAttemptAfter(name, 1);
    assert.notEqual(reportClaimOf(after), claim);
    assert.equal(after.status.resumedFrom, 0);
    await untilDone(name);
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });

  test('7. a Restore that is deleted and created again starts from zero too', async () => {
    const { name, topics, manifest } = await startRestore('promise-7', BRISK);
    const first = await untilRestored(name, 0.3);
    await k('delete', 'restore', name, '--wait=true', '--timeout=120s');
    await assertOwnConfiguration(topics);
    await apply(manifest);
    const second = await untilRestored(name, 0.3);
    assertAnother(second, first);
    // At once: the garbage collector takes the Job and the PVC a moment later.
    await k('delete', 'restore', name, '--wait=true', '--timeout=120s');
    await apply(manifest);
    const third = await untilDone(name);
    assertAnother(third, second);
    for (const gone of [first, second]) {
      await untilExists('Job', jobOf(gone), false);
      await untilExists('PersistentVolumeClaim', reportClaimOf(gone), false);
    }
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });

  test('8. disabled it pauses, flushed and checkpointed; enabled it goes on', async () => {
    const { name, topics } = await startRestore('promise-8', SLOW);
    await untilRestored(name, 0.2);
    await k('patch', 'restore', name, '--type=merge', '-p', '{"spec":{"enabled":false}}');
    const paused = await until(name, 'Paused', ({ status }) => status.phase === 'Paused');
    await untilPodsHaveLeft(name);
    // A pod that was killed could not have said why it ended, nor have committed all that was acknowledged.
    const report = await readReportOf(paused);
    assert.equal(report.attempts.at(-1)?.outcome, 'Paused');
    for (const { partition, acknowledged, committed } of report.topics.flatMap((topic) => topic.partitions)) {
      assert.equal(committed, acknowledged, `partition ${partition} is not committed`);
    }
    const { committed } = totals(report);
    assert.ok(committed > 0);
    await accelerate(name);
    await k('patch', 'restore', name, '--type=merge', '-p', '{"spec":{"enabled":true}}');
    const done = await untilDone(name);
    assert.ok((done.status.resumedFrom ?? 0) >= committed, `resumed from ${done.status.resumedFrom} of ${committed}`);
    assert.equal((await readRestore(name)).status.message, 'Done');
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });
});

// The source and the archive that all share get more: so after the others.
test('5. after Done, deleting the Job restores what the archive got since, and only that', async () => {
  const { name, topics } = await startRestore('promise-5', FAST);
  const before = await untilDone(name);
  await writeRecords({ bootstrap: data.bootstrap, topic: data.records, records: 3_000, partitions: 4, seed: 5 });
  await data.backup();
  await k('delete', 'job', jobOf(before));
  const after = await until(name, 'Done again', ({ status }) => status.phase === 'Done' && status.attempt === 2);
  assert.equal(after.status.resumedFrom, before.status.progress?.totalRecords);
  assert.equal(after.status.progress?.totalRecords, (before.status.progress?.totalRecords ?? 0) + 3_000);
  await assertFlawless(data.bootstrap, topics);
  await forget(name);
});
