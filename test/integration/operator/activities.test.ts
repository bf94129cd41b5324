// What workflows ask of the operator is done with the operator's own permissions, for the Restore that asks and for nothing
// else, and what the API server refuses is said in its words.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import { createControlActivities } from '../../../activities/control.ts';
import type { ControlActivities, EnsuredJob } from '../../../activities/contract.ts';
import { lastNote } from '../../../src/kube/events.ts';
import { KubeClient } from '../../../src/kube/client.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { CustomObject, Job, Kind, KubeObject, ObjectRef, Secret } from '../../../src/kube/objects.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { restoreUidLabel } from '../../../src/model/children.ts';
import { restoreOrder } from '../../../src/model/order.ts';
import type { RestoreOrder } from '../../../src/model/order.ts';
import type { PodProgress } from '../../../src/model/pod-progress.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { phaseConditions } from '../../../src/model/status-report.ts';
import { publishProgress } from '../../../activities/publish-progress.ts';
import { restate } from '../../../activities/status.ts';
import { apiVersion, approveAnnotation, reportPvcNameLabel } from '../../../src/model/resources/names.ts';
import type { OwnerReference } from '../../../src/model/resources/common.ts';
import { refOf } from '../../../src/model/state.ts';
import type { RestoreRef, Trouble } from '../../../src/model/state.ts';
import { asActivityOf } from '../../support/as-activity.ts';
import type { ApiServer } from '../../support/api-server.ts';
import { createPlaces, createRestore, installed, podOfNothing, setQuota } from './installed.ts';

const namespace = 'served';
const claimsNamespace = 'rekindle-system';

let api: ApiServer;
let activities: ControlActivities;
before(async () => {
  api = await installed(namespace);
  await createPlaces(api, namespace);
  activities = createControlActivities({
    kube: api.operator,
    claims: new Claims(api.operator, claimsNamespace),
    jobs: {
      image: 'rekindle:1',
      serviceAccount: 'rekindle-restore',
      temporalAddress: 'temporal:7233',
      temporalNamespace: 'default',
      logLevel: 'info',
      obeysStopAt: false,
    },
  });
});
after(async () => api[Symbol.asyncDispose]());

/** The volume claim of the report, as the operator makes it. */
async function giveReport({ metadata }: CustomObject): Promise<void> {
  const name = `${metadata.name}-report-aaaaa`;
  await api.client.create(kinds.PersistentVolumeClaim, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace, name, ownerReferences: [{ apiVersion, kind: 'Restore', name, uid: metadata.uid }] },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const annotations = { [reportPvcNameLabel]: name };
  await api.client.mergePatch(kinds.Restore, { namespace, name: metadata.name }, { metadata: { annotations } });
}

/** A new Restore whose report is there. */
async function restoreWithReport(name: string, spec: object = {}): Promise<RestoreRef> {
  const object = await createRestore(api, { namespace, name }, spec);
  await giveReport(object);
  return refOf(object);
}

/** A Job that somebody else made. */
async function jobOf(name: string, owner: OwnerReference): Promise<Job> {
  const draft = { apiVersion: 'batch/v1', kind: 'Job', spec: podOfNothing };
  return api.client.create(kinds.Job, { ...draft, metadata: { namespace, name, ownerReferences: [owner] } });
}

const there = async (name: string): Promise<boolean> => (await api.client.get(kinds.Job, { namespace, name })) !== null;

const ensureJob = (restore: RestoreRef, attempt = 1): Promise<EnsuredJob> =>
  asActivityOf(restore, () => activities.ensureJob({ restore, attempt }));

describe('the order of a Job', () => {
  let restore: RestoreRef;
  const ensure = (attempt: number): Promise<EnsuredJob> => ensureJob(restore, attempt);
  const orders = async (): Promise<Secret[]> =>
    api.client.list(kinds.Secret, { namespace, labelSelector: `${restoreUidLabel}=${restore.uid}` });
  const orderOf = (secret: Secret | undefined): RestoreOrder =>
    restoreOrder.parse(JSON.parse(Buffer.from(secret?.data?.['order.json'] ?? '', 'base64').toString()));

  before(async () => {
    await api.client.create(kinds.EventHub, {
      apiVersion,
      kind: 'EventHub',
      metadata: { namespace, name: 'with-password' },
      spec: { kafka: { properties } },
    });
    restore = await restoreWithReport('ordered', { sink: 'with-password' });
  });
  const properties = {
    'bootstrap.servers': 'kafka:9092',
    'security.protocol': 'sasl_ssl',
    'sasl.mechanism': 'PLAIN',
    'sasl.username': 'rekindle',
    'sasl.password': 'not-for-everybody',
  };

  it('is a Secret that goes with the Job, and its password stands nowhere else', async () => {
    const made = await ensure(1);
    assert.ok('job' in made);
    const [secret, ...others] = await orders();
    assert.deepEqual(others, []);
    assert.deepEqual(orderOf(secret).kafka, properties);
    const owner = { apiVersion: 'batch/v1', kind: 'Job', ...made.job };
    assert.deepEqual(secret?.metadata.ownerReferences, [owner]);
    const job = await api.client.get(kinds.Job, { namespace, ...made.job });
    const volumes = job?.spec?.template.spec?.volumes ?? [];
    assert.equal(volumes.find(({ name }) => name === 'order')?.secret?.secretName, secret.metadata.name);
    const visible = [job, ...(await api.client.list(kinds.ConfigMap, { namespace }))];
    assert.doesNotMatch(JSON.stringify(visible), /not-for-everybody/);
  });

  it('cannot be read by the operator', async () => {
    const [secret] = await orders();
    assert.ok(secret);
    await assert.rejects(api.operator.get(kinds.Secret, { namespace, name: secret.metadata.name }), { code: 403 });
    await assert.rejects(api.operator.list(kinds.Secret, { namespace }), { code: 403 });
  });

  it('stays as it is while the Job lives, and is given again where its maker was stopped before it was there', async () => {
    const [first] = await orders();
    assert.ok(first);
    await ensure(1);
    assert.deepEqual(await orders(), [first]);
    await api.client.delete(kinds.Secret, { namespace, name: first.metadata.name });
    await ensure(1);
    const [again] = await orders();
    assert.equal(again?.metadata.name, first.metadata.name);
    assert.deepEqual(orderOf(again), orderOf(first));
  });

  it('of the next Job with the same name is another one: the old one may go at any time', async () => {
    const [first] = await orders();
    const job = first?.metadata.ownerReferences?.[0];
    assert.ok(job);
    await api.client.delete(kinds.Job, { namespace, name: job.name });
    const made = await ensure(1);
    assert.ok('job' in made);
    assert.equal(made.job.name, job.name);
    const names = (await orders()).map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
    assert.deepEqual(names.toSorted(), [job.uid, made.job.uid].toSorted());
  });
});

describe('a Job that the API server does not take', () => {
  const refusedFor = async (name: string, spec: object = {}): Promise<Trouble> => {
    const made = await ensureJob(await restoreWithReport(name, spec));
    assert.ok('refused' in made);
    assert.deepEqual(
      await api.client.list(kinds.Job, { namespace, labelSelector: `app.kubernetes.io/instance=${name}` }),
      [],
    );
    return made.refused;
  };

  it('because it requests more than its limit: the Restore is wrong', async () => {
    const resources = { limits: { memory: '1Gi' }, requests: { memory: '2Gi' } };
    const { reason, message } = await refusedFor('greedy', { resources });
    assert.equal(reason, 'InvalidConfiguration');
    assert.match(message, /does not take Job greedy-\w{5}: [^]*must be less than or equal to memory limit of 1Gi/s);
  });

  it('because of a quota: it may be taken later', async () => {
    await setQuota(api, namespace, { 'count/jobs.batch': '0' });
    const { reason, message } = await refusedFor('queued');
    assert.equal(reason, 'JobRefused');
    assert.match(message, /does not take Job queued-\w{5}: .*quota/s);
    await api.kubectl(['-n', namespace, 'delete', 'resourcequota', 'none']);
  });

  it('because its order is too large for a Secret: it does not stay without one', async () => {
    const properties = { 'bootstrap.servers': 'kafka:9092', 'client.id': 'a'.repeat(1_100_000) };
    const metadata = { namespace, name: 'with-long-id' };
    await api.client.create(kinds.EventHub, {
      apiVersion,
      kind: 'EventHub',
      metadata,
      spec: { kafka: { properties } },
    });
    const { reason, message } = await refusedFor('endless', { sink: metadata.name });
    assert.equal(reason, 'InvalidConfiguration');
    assert.match(message, /Secret .*endless-.*Too long/s);
  });
});

it('a Job whose report was deleted is told from one whose report is there', async () => {
  const restore = await restoreWithReport('reportless');
  const made = await ensureJob(restore);
  assert.ok('job' in made);
  const { job } = made;
  const isGone = async (): Promise<boolean | undefined> =>
    (await asActivityOf(restore, () => activities.confirmJob({ restore, job })))?.reportGone;
  assert.equal(await isGone(), false);
  const report = { namespace, name: 'reportless-report-aaaaa' };
  await api.client.delete(kinds.PersistentVolumeClaim, report);
  // No controller is there that sees that no pod has it.
  await api.client.mergePatch(kinds.PersistentVolumeClaim, report, { metadata: { finalizers: null } });
  assert.equal(await isGone(), true);
});

describe('a topic', () => {
  const claimOf = (restore: RestoreRef): Claim => {
    const topic = {
      name: 'orders',
      id: null,
      createdByUs: true,
      mark: null,
      emptyAtStart: true,
      starts: null,
      finalConfigs: null,
      guards: [],
    };
    return { clusterId: 'cluster', restore, transactionalIds: [], producerIds: [], topics: [topic] };
  };
  const claim = (restore: RestoreRef): Promise<Trouble | null> =>
    asActivityOf(restore, () => activities.claimTargets({ restore, claim: claimOf(restore) }));
  let restore: RestoreRef;
  before(async () => {
    restore = refOf(await createRestore(api, { namespace, name: 'claims' }));
  });

  it('that a Restore of another namespace has claimed is free once that namespace is gone', async () => {
    const gone = { namespace: 'gone', name: 'claims', uid: 'f00dfeed-0000-0000-0000-000000000001' };
    assert.equal(await claim(restore), null);
    const [map] = await api.client.list(kinds.ConfigMap, {
      namespace: claimsNamespace,
      labelSelector: 'rekindle.dev/claim=true',
    });
    assert.ok(map);
    await api.client.replace(kinds.ConfigMap, { ...map, data: { 'claim.json': JSON.stringify(claimOf(gone)) } });
    assert.equal(await asActivityOf(restore, () => activities.checkClaim({ restore, claim: claimOf(restore) })), null);
    assert.equal(await claim(restore), null);
  });

  it('that a living Restore has claimed is not', async () => {
    const other = refOf(await createRestore(api, { namespace, name: 'claims-too' }));
    const refused = await claim(other);
    assert.equal(refused?.reason, 'TargetClaimed');
    assert.match(refused.message, /Topic orders is claimed by Restore served\/claims\. Delete that Restore/);
  });
});

it('a Job claims nothing that it was not made for, and the next one does', async () => {
  const restore = await restoreWithReport('corrected');
  const claim = { clusterId: 'elsewhere', restore, transactionalIds: [], producerIds: [], topics: [] };
  const taken = (): Promise<Trouble | null> => asActivityOf(restore, () => activities.claimTargets({ restore, claim }));
  const made = await ensureJob(restore);
  assert.ok('job' in made);
  const change = (source: string): Promise<unknown> =>
    api.client.mergePatch(kinds.Restore, restore, { spec: { config: { topics: [{ source, target: 'orders' }] } } });
  await change('payments');
  await assert.rejects(taken(), { type: 'OrderOutdated', message: new RegExp(made.job.name) });
  await asActivityOf(restore, () => activities.deleteJob({ restore, job: made.job }));
  assert.ok('job' in (await ensureJob(restore, 2)));
  assert.equal(await taken(), null);
  await assert.rejects(change('orders'), /cannot be changed or removed once the Restore has started/);
});

it('a Job that its maker left without an order gives way to another one once the Restore says something else', async () => {
  const restore = await restoreWithReport('orderless');
  const made = await ensureJob(restore);
  assert.ok('job' in made);
  const topics = [{ source: 'payments', target: 'orders' }];
  await api.client.mergePatch(kinds.Restore, restore, { spec: { config: { topics } } });
  const refused = await ensureJob(restore);
  assert.ok('refused' in refused);
  assert.match(refused.refused.message, new RegExp(`${made.job.name} is being deleted`));
  const again = await ensureJob(restore);
  assert.ok('job' in again);
  assert.notEqual(again.job.uid, made.job.uid);
});

it('what a Restore maps can be changed until its targets are claimed', async () => {
  const restore = refOf(await createRestore(api, { namespace, name: 'mapped' }));
  const say = (sequence: number, started: boolean): Promise<unknown> =>
    asActivityOf(restore, () =>
      activities.publishStatus({
        ...{
          restore,
          attempt: 1,
          sequence,
          phase: 'Failed',
          generation: 1,
          resumedFrom: 0,
          errand: false,
          started,
          conditions: [],
        },
        ...{ job: { name: 'mapped-aaaaa', uid: 'u' }, report: null, workflow: { id: 'w', runId: 'r' } },
      }),
    );
  const mapTo = (target: string): Promise<{ ok: boolean; stderr: string }> => {
    const spec = { config: { topics: [{ source: 'orders', target }] } };
    return api.kubectl(['-n', namespace, 'patch', 'restore', 'mapped', '--type=merge', '-p', JSON.stringify({ spec })]);
  };
  await say(1, false);
  assert.equal((await mapTo('elsewhere')).ok, true);
  await say(2, true);
  assert.match((await mapTo('orders')).stderr, /a mapping cannot be changed or removed once the Restore has started/);
  await say(3, false);
  assert.equal((await mapTo('orders')).ok, false, 'what was started stays so');
});

describe('the status', () => {
  const numbers = { acknowledgedBytes: 0, totalBytes: 0, partitionsDone: 0, partitionsTotal: 1, bytesPerSecond: 0 };
  const measured = (records: number, second: number): PodProgress => ({
    ...{
      ...numbers,
      acknowledgedRecords: records,
      committedRecords: records,
      provedRecords: 0,
      totalRecords: 10,
      waiting: null,
    },
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  });
  const statusOf = async (restore: RestoreRef): Promise<RestoreStatus> =>
    parseRestore(await api.client.get(kinds.Restore, restore)).status;

  it('keeps the newest numbers, even if older ones are written at the same moment', async () => {
    const restore = refOf(await createRestore(api, { namespace, name: 'measured' }));
    /** Somebody else writes between what is read and what is written. */
    class Slow extends KubeClient {
      override async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | null> {
        const object = await super.get(kind, ref);
        await publishProgress(api.client, restore, measured(10, 2));
        return object;
      }
    }
    await publishProgress(new Slow(api.config), restore, measured(5, 1));
    assert.equal((await statusOf(restore)).progress?.records, 10);
  });

  it('says no other phase of a Restore that has come to its end meanwhile', async () => {
    const restore = refOf(await createRestore(api, { namespace, name: 'ended' }));
    await restate(api.client, restore, 'Done', []);
    await restate(api.client, restore, 'Waiting', []);
    assert.equal((await statusOf(restore)).phase, 'Done');
  });

  it('is not written again when it is said already', async () => {
    const restore = refOf(await createRestore(api, { namespace, name: 'repeated' }));
    const conditions = phaseConditions({ phase: 'Waiting', why: { reason: 'TemporalUnreachable', message: 'm' } }, 1);
    await restate(api.client, restore, 'Waiting', conditions);
    const { sequence } = await statusOf(restore);
    await restate(api.client, restore, 'Waiting', conditions);
    assert.equal((await statusOf(restore)).sequence, sequence);
  });
});

it('what was last said about an object is read with the permissions of the operator', async () => {
  const object = refOf(await createRestore(api, { namespace, name: 'talked-about' }));
  const say = async (name: string, note: string, time: object): Promise<void> => {
    await api.client.create(kinds.Event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace, name },
      ...{ type: 'Warning', reason: 'FailedMount', action: 'Mount', note },
      ...{ reportingController: 'kubelet', reportingInstance: 'node' },
      regarding: { apiVersion, kind: 'Restore', ...object },
      ...{ eventTime: '2026-01-01T00:00:00.000000Z', ...time },
    });
  };
  assert.equal(await lastNote(api.operator, object), null);
  await say('second', 'the last word', { series: { count: 2, lastObservedTime: '2026-01-01T00:00:05.000000Z' } });
  await say('first', 'before that', { eventTime: '2026-01-01T00:00:04.000000Z' });
  assert.equal(await lastNote(api.operator, object), 'the last word');
  assert.equal(await lastNote(api.operator, { ...object, namespace: 'default' }), null, 'where it may not be read');
});

describe('an approval', () => {
  it('is found on the Restore, and taken away once it was acted on, however often that is asked; another one stays', async () => {
    const annotations = { [approveAnnotation]: 'TargetInUse', other: 'stays' };
    const restore = refOf(await createRestore(api, { namespace, name: 'approved', annotations }));
    const left = async (): Promise<Record<string, string> | undefined> =>
      (await api.client.get(kinds.Restore, restore))?.metadata.annotations;
    const remove = (value: string): Promise<void> =>
      asActivityOf(restore, () => activities.removeApproval({ restore, value }));
    const bears = (value: string): Promise<boolean> =>
      asActivityOf(restore, () => activities.confirmApproval({ restore, value }));
    assert.deepEqual([await bears('ResetNeedsApproval'), await bears('TargetInUse')], [false, true]);
    await remove('ResetNeedsApproval');
    assert.equal((await left())?.[approveAnnotation], 'TargetInUse');
    for (let i = 0; i < 2; i++) await remove('TargetInUse');
    assert.deepEqual(await left(), { other: 'stays' });
  });
});

describe('a stranger on Temporal', () => {
  const cronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: 'nightly',
    uid: 'f00dfeed-0000-0000-0000-000000000000',
  };

  it('who starts a workflow in the name of a CronJob does not get its Jobs deleted', async () => {
    const job = await jobOf('nightly-1', cronJob);
    const restore = { namespace, name: 'nightly', uid: cronJob.uid };
    const asked = { restore, job: { name: job.metadata.name, uid: job.metadata.uid } };
    await assert.rejects(
      asActivityOf(restore, () => activities.deleteJob(asked)),
      { type: 'RestoreGone' },
    );
    await assert.rejects(
      asActivityOf(restore, () => activities.confirmJob(asked)),
      { type: 'RestoreGone' },
    );
    await assert.rejects(
      asActivityOf(restore, () => activities.recallClaims(asked)),
      { type: 'RestoreGone' },
    );
    assert.ok(await there('nightly-1'));
  });

  it('who knows a Restore reaches no Job that another kind of object of its UID owns', async () => {
    const restore = refOf(await createRestore(api, { namespace, name: 'known' }));
    const job = await jobOf('known-1', { ...cronJob, uid: restore.uid });
    const asked = { restore, job: { name: job.metadata.name, uid: job.metadata.uid } };
    assert.equal(await asActivityOf(restore, () => activities.confirmJob(asked)), null);
    await asActivityOf(restore, () => activities.deleteJob(asked));
    assert.ok(await there('known-1'));
  });

  it('asks in the name of his own workflow only', async () => {
    const [mine, other] = [
      refOf(await createRestore(api, { namespace, name: 'mine' })),
      refOf(await createRestore(api, { namespace, name: 'other' })),
    ];
    await assert.rejects(
      asActivityOf(mine, () => activities.ensureJob({ restore: other, attempt: 1 })),
      { type: 'NotAuthorized' },
    );
  });

  it('cannot leave the place that a name has in the API', async () => {
    const restore = refOf(await createRestore(api, { namespace, name: 'inside' }));
    const job = await jobOf('outside-1', {
      ...cronJob,
      kind: 'Restore',
      apiVersion: 'rekindle.dev/v1',
      uid: restore.uid,
    });
    for (const name of [`../jobs/${job.metadata.name}`, '..', '%2e%2e', '']) {
      const asked = { restore, job: { name, uid: job.metadata.uid } };
      await assert.rejects(
        asActivityOf(restore, () => activities.deleteJob(asked)),
        TypeError,
      );
    }
    assert.ok(await there('outside-1'));
  });
});
