// Every write means one incarnation of one object: a namesake, a newer version or a foreign finalizer is never hit.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addFinalizer, removeFinalizer } from '../../../src/kube/apply.ts';
import { KubeConflict, KubeError } from '../../../src/kube/errors.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { LeaderElection } from '../../../src/kube/lease.ts';
import { microTime } from '../../../src/kube/micro-time.ts';
import { kinds, ownedBy } from '../../../src/kube/objects.ts';
import type { ConfigMap, Draft, Job } from '../../../src/kube/objects.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { ApiServer } from '../../support/api-server.ts';
import { eventually } from '../../support/eventually.ts';

const namespace = 'default';
const stranger = '00000000-0000-0000-0000-000000000000';
const logger = createLogger();
logger.level = 'silent';

let api: ApiServer;
before(async () => {
  api = await ApiServer.start();
});
after(async () => api[Symbol.asyncDispose]());

function configMap(name: string, data: Record<string, string> = {}): Draft<ConfigMap> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}

describe('the client', () => {
  it('creates once', async () => {
    const { metadata } = await api.client.create(kinds.ConfigMap, configMap('once', { a: '1' }));
    assert.match(metadata.creationTimestamp, /^\d{4}-/, 'times are strings');
    await assert.rejects(api.client.create(kinds.ConfigMap, configMap('once')), (error: unknown) => {
      assert.ok(error instanceof KubeConflict);
      assert.equal(error.reason, 'AlreadyExists');
      return true;
    });
  });

  it('has null for what is not there and for a namesake', async () => {
    await api.client.create(kinds.ConfigMap, configMap('namesake', { a: '1' }));
    const other = { namespace, name: 'namesake', uid: stranger };
    const nothing = { namespace, name: 'nothing' };
    const patch = { data: { a: '2' } };
    assert.equal(await api.client.get(kinds.ConfigMap, nothing), null);
    assert.equal(await api.client.get(kinds.ConfigMap, other), null);
    assert.equal(await api.client.mergePatch(kinds.ConfigMap, nothing, patch), null);
    assert.equal(await api.client.mergePatch(kinds.ConfigMap, other, patch), null);
    assert.equal(await api.client.delete(kinds.ConfigMap, nothing), false);
    assert.equal(await api.client.delete(kinds.ConfigMap, other), false);
    const left = await api.client.get(kinds.ConfigMap, { namespace, name: 'namesake' });
    assert.deepEqual(left?.data, { a: '1' });
    assert.equal(
      await api.client.delete(kinds.ConfigMap, { namespace, name: 'namesake', uid: left.metadata.uid }),
      true,
    );
    assert.equal(await api.client.get(kinds.ConfigMap, { namespace, name: 'namesake' }), null);
  });

  it('refuses to write over a version that was not read', async () => {
    const read = await api.client.create(kinds.ConfigMap, configMap('raced', { a: '1' }));
    await api.client.mergePatch(kinds.ConfigMap, { namespace, name: 'raced' }, { data: { a: null, b: '2' } });
    const { resourceVersion } = read.metadata;
    const late = { metadata: { resourceVersion }, data: { a: '3' } };
    await assert.rejects(api.client.replace(kinds.ConfigMap, read), KubeConflict);
    await assert.rejects(api.client.mergePatch(kinds.ConfigMap, read.metadata, late), KubeConflict);
    const draft = { ...configMap('raced', { a: '4' }), metadata: { namespace, name: 'raced', resourceVersion } };
    await assert.rejects(api.client.apply(kinds.ConfigMap, draft, { fieldManager: 'test' }), KubeConflict);
    assert.deepEqual((await api.client.get(kinds.ConfigMap, { namespace, name: 'raced' }))?.data, { b: '2' });
  });

  it('applies what its manager says and takes back what it says no more', async () => {
    const apply = (data: Record<string, string>, fieldManager: string) =>
      api.client.apply(kinds.ConfigMap, configMap('applied', data), { fieldManager });
    await apply({ a: '1', b: '1' }, 'one');
    await apply({ c: '1' }, 'two');
    const applied = await apply({ a: '2' }, 'one');
    assert.deepEqual(applied?.data, { a: '2', c: '1' });
  });

  it('lists by label, and everything in pages', async () => {
    for (const name of ['listed-1', 'listed-2']) {
      const draft = configMap(name);
      await api.client.create(kinds.ConfigMap, { ...draft, metadata: { ...draft.metadata, labels: { test: 'list' } } });
    }
    const listed = await api.client.list(kinds.ConfigMap, { namespace, labelSelector: 'test=list' });
    assert.deepEqual(
      listed.map(({ kind, metadata }) => [kind, metadata.name]),
      [
        ['ConfigMap', 'listed-1'],
        ['ConfigMap', 'listed-2'],
      ],
    );
  });

  it('deletes a Job without leaving its pods behind', async () => {
    const owner = await api.client.create(kinds.ConfigMap, configMap('owner'));
    const pod = { restartPolicy: 'Never', containers: [{ name: 'restore', image: 'none' }] };
    const job: Draft<Job> = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace, name: 'job', ownerReferences: [ownedBy(owner)] },
      spec: { template: { spec: pod } },
    };
    const { metadata } = await api.client.create(kinds.Job, job);
    assert.equal(metadata.ownerReferences?.[0]?.uid, owner.metadata.uid);
    assert.equal(await api.client.delete(kinds.Job, metadata), true);
    assert.equal(await api.client.get(kinds.Job, metadata), null, 'no finalizer that would orphan the pods holds it');
  });

  it('says in the server’s words what was wrong', async () => {
    await assert.rejects(api.client.create(kinds.ConfigMap, configMap('Wrong_Name')), (error: unknown) => {
      assert.ok(error instanceof KubeError);
      assert.equal(error.code, 422);
      assert.match(error.message, /metadata\.name/);
      return true;
    });
    const misspelt = { ...configMap('misspelt'), dta: {} };
    await assert.rejects(api.client.create(kinds.ConfigMap, misspelt), /unknown field "dta"/);
  });

  it('gives up when its caller does', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(api.client.list(kinds.Pod, {}, { signal }), /^Error: enough$/);
  });
});

describe('finalizers', () => {
  it('come and go without touching those of others', async () => {
    const draft = configMap('finalized');
    const metadata = { ...draft.metadata, finalizers: ['example.com/other'] };
    await api.client.create(kinds.ConfigMap, { ...draft, metadata });
    const ref = { namespace, name: 'finalized' };
    const list = async () => (await api.client.get(kinds.ConfigMap, ref))?.metadata.finalizers;
    await Promise.all([
      addFinalizer(api.client, kinds.ConfigMap, ref, 'rekindle.dev/one'),
      addFinalizer(api.client, kinds.ConfigMap, ref, 'rekindle.dev/two'),
    ]);
    assert.deepEqual((await list())?.sort(), ['example.com/other', 'rekindle.dev/one', 'rekindle.dev/two']);

    assert.equal(await api.client.delete(kinds.ConfigMap, ref), true);
    await addFinalizer(api.client, kinds.ConfigMap, ref, 'rekindle.dev/late');
    await removeFinalizer(api.client, kinds.ConfigMap, ref, 'rekindle.dev/one');
    assert.deepEqual((await list())?.sort(), ['example.com/other', 'rekindle.dev/two']);
    await removeFinalizer(api.client, kinds.ConfigMap, ref, 'rekindle.dev/two');
    await removeFinalizer(api.client, kinds.ConfigMap, ref, 'example.com/other');
    assert.equal(await list(), undefined, 'the last one gone, the object is gone');
    assert.equal(await removeFinalizer(api.client, kinds.ConfigMap, ref, 'rekindle.dev/one'), null);
  });
});

describe('events', () => {
  it('are counted when the same happens again, and kubectl shows them', async () => {
    const recorder = new EventRecorder({ client: api.client, component: 'rekindle.dev/test', instance: 'me', logger });
    const regarding = await api.client.create(kinds.ConfigMap, configMap('eventful'));
    const note = 'The volume claim is not bound. '.repeat(50);
    for (let times = 0; times < 3; times += 1)
      await recorder.record(regarding, { type: 'Warning', reason: 'NotBound', note });
    await recorder.record(regarding, { type: 'Normal', reason: 'Bound', note: 'It is bound.' });

    const events = await api.client.list(kinds.Event, { namespace, fieldSelector: 'regarding.name=eventful' });
    const counts = events.map(({ reason, series }) => [reason, series?.count]);
    assert.deepEqual(counts.sort(), [
      ['Bound', undefined],
      ['NotBound', 3],
    ]);
    const { stdout } = await api.kubectl(['describe', 'configmap', 'eventful']);
    assert.match(stdout, /Warning +NotBound .*x3.*The volume claim is not bound/);
  });
});

describe('the lease', () => {
  /** A candidate and what it was told. */
  function candidate(name: string, identity: string): { election: LeaderElection; told: string[] } {
    const told: string[] = [];
    const onAcquired = (): void => void told.push('acquired');
    const onLost = (): void => void told.push('lost');
    const election = new LeaderElection({ client: api.client, namespace, name, identity, logger, onAcquired, onLost });
    election.start();
    return { election, told };
  }
  const holder = async (name: string) => (await api.client.get(kinds.Lease, { namespace, name }))?.spec?.holderIdentity;

  it('has one holder, and the other takes over as soon as it is given back', async () => {
    const first = candidate('handed-over', 'first');
    await eventually('the first leads', () => first.election.isLeader);
    const second = candidate('handed-over', 'second');
    // Two tries of the second, two renewals of the first.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    assert.deepEqual([first.told, second.told], [['acquired'], []]);

    await first.election.stop();
    await eventually('the second leads', () => second.election.isLeader);
    assert.equal(await holder('handed-over'), 'second');
    await second.election.stop();
    assert.equal(await holder('handed-over'), '');
    assert.deepEqual([first.told, second.told], [['acquired'], ['acquired']], 'giving back is not losing');
  });

  it('is taken from a holder that does not renew it any more, but not before its time', async () => {
    const now = microTime();
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 4,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 7,
    };
    const metadata = { namespace, name: 'left-behind' };
    await api.client.create(kinds.Lease, { apiVersion: kinds.Lease.apiVersion, kind: 'Lease', metadata, spec });
    const began = performance.now();
    const { election } = candidate('left-behind', 'heir');
    await eventually('the heir leads', () => election.isLeader);
    assert.ok(performance.now() - began > 4_000);
    const lease = await api.client.get(kinds.Lease, metadata);
    assert.equal(lease?.spec?.leaseTransitions, 8);
    await election.stop();
  });

  it('is lost at once when another has it', async () => {
    const { election, told } = candidate('robbed', 'victim');
    await eventually('the victim leads', () => election.isLeader);
    await api.client.mergePatch(kinds.Lease, { namespace, name: 'robbed' }, { spec: { holderIdentity: 'robber' } });
    await eventually('it was told', () => told.includes('lost'));
    assert.equal(election.isLeader, false);
    await election.stop();
    assert.equal(await holder('robbed'), 'robber', 'what is not held is not given back');
  });
});
