// What the operator makes of what it sees in the API server, with its own permissions there and pretended workflows: a Restore
// has a word for everything that is in its way, and is let go when it is deleted.
import assert from 'node:assert/strict';
import { after, before, describe, it, mock, type TestContext } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import { restate } from '../../../activities/status.ts';
import { applyStatus } from '../../../src/kube/apply.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { kinds } from '../../../src/kube/objects.ts';
import { jobUidLabel, restoreUidLabel } from '../../../src/model/children.ts';
import { apiVersion, approveAnnotation, restoreFinalizer } from '../../../src/model/resources/names.ts';
import { findCondition } from '../../../src/model/conditions.ts';
import type { JobFacts } from '../../../src/model/observation.ts';
import { heldSentence } from '../../../src/model/held-retention.ts';
import { eventHubStatus } from '../../../src/model/resources/event-hub.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { restoreStatus } from '../../../src/model/resources/restore-status.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import type { Condition } from '../../../src/model/resources/common.ts';
import { parseStorage } from '../../../src/model/resources/storage.ts';
import { refOf } from '../../../src/model/state.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import { Controller } from '../../../src/operator/controller.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import type { ApiServer } from '../../support/api-server.ts';
import { eventually } from '../../support/eventually.ts';
import { createPlaces, createRestore, installed, podOfNothing, setQuota } from './installed.ts';
import { PretendedWorkflows } from './pretended-workflows.ts';

const namespace = 'served';
/** Served too, and deleted by a test. */
const doomed = 'doomed';
/** Served, with a quota that leaves nothing. */
const poor = 'poor';
/** Said to be served, but nobody has given the operator any permission in it. */
const forgotten = 'forgotten';

const finalizers = [restoreFinalizer];

const logger = createLogger();
logger.level = 'silent';

let api: ApiServer;
let workflows: PretendedWorkflows;
let controller: Controller;
let claims: Claims;
before(async () => {
  api = await installed(namespace, doomed, poor);
  await createPlaces(api, namespace);
  await createPlaces(api, doomed);
  await createPlaces(api, poor);
  await succeeds('create', 'namespace', forgotten);
  workflows = new PretendedWorkflows();
  claims = new Claims(api.operator, 'rekindle-system');
  controller = begin(workflows);
});
after(async () => {
  await controller.stop();
  await api[Symbol.asyncDispose]();
});

/** An operator, as `src/operator/main.ts` puts it together. */
function begin(temporal: PretendedWorkflows): Controller {
  const operator = new Controller({
    kube: api.operator,
    namespaces: [namespace, doomed, poor, forgotten],
    temporal,
    claims,
    events: new EventRecorder({ client: api.operator, component: 'rekindle.dev/operator', instance: 'test', logger }),
    reportVolume: { size: '1Gi' },
    logger,
  });
  operator.start();
  return operator;
}

/** What the API server has of it, as far as anybody can say something about it. */
async function read(restore: RestoreRef): Promise<{ status: RestoreStatus }> {
  const object = await api.client.get(kinds.Restore, restore);
  return { status: restoreStatus.parse(object?.status ?? {}) };
}

async function whyOf(restore: RestoreRef): Promise<Condition | undefined> {
  return findCondition((await read(restore)).status.conditions, 'Progressing');
}

async function isGone(restore: RestoreRef): Promise<boolean> {
  return (await api.client.get(kinds.Restore, restore)) === null;
}

/** A Restore whose workflow has begun. */
async function begun(name: string, of = namespace): Promise<RestoreRef> {
  const restore = refOf(await createRestore(api, { namespace: of, name }));
  await eventually(`${name} is started`, () => workflows.asked(restore).includes('start'));
  return restore;
}

async function succeeds(...args: string[]): Promise<void> {
  const result = await api.kubectl(args);
  assert.ok(result.ok, result.stderr);
}

/** What events say about the Restore, by their reason. */
async function said({ uid }: RestoreRef, reason: string): Promise<string[]> {
  const fieldSelector = `regarding.uid=${uid},reason=${reason}`;
  return (await api.client.list(kinds.Event, { namespace, fieldSelector })).map(({ note = '' }) => note);
}

describe('a Restore that is deleted', () => {
  /** Its workflow says that it has guarded this topic. */
  async function guards(restore: RestoreRef, topic: string): Promise<void> {
    const { metadata, spec } = await api.client.get(kinds.Restore, restore).then((object) => parseRestore(object));
    const topics = [...spec.config.topics, { source: topic, target: topic }];
    await api.client.mergePatch(kinds.Restore, restore, { spec: { config: { topics } } });
    const claimed = { name: topic, id: null, createdByUs: true, mark: null, emptyAtStart: true, starts: null };
    const changed = {
      finalConfigs: { 'cleanup.policy': 'compact' },
      guards: ['cleanup.policy', 'retention.ms', 'max.message.bytes'],
    };
    const claim = { clusterId: 'c', restore, transactionalIds: [], producerIds: [] };
    const taken = await claims.take(restore, { ...claim, topics: [{ ...claimed, ...changed }] });
    assert.equal(taken, null);
    const condition = { type: 'TargetGuarded', status: 'True', reason: 'Restoring', message: 'guarded' } as const;
    await restate(api.client, restore, 'Restoring', [{ ...condition, observedGeneration: metadata.generation }]);
  }

  const remove = (name: string): Promise<void> => succeeds('-n', namespace, 'delete', 'restore', name, '--wait=false');

  it('goes once its workflow has ended and nothing is guarded any more', async () => {
    const restore = await begun('finished');
    await remove('finished');
    await eventually('its workflow is told', () => workflows.seen(restore)?.restore.deleting === true);
    assert.equal(await isGone(restore), false);
    workflows.close(restore);
    await eventually('it is let go', () => isGone(restore));
    assert.deepEqual(await said(restore, 'ConfigurationNotPutBack'), []);
  });

  it('is given up when its workflow has ended without having put anything back, with the commands left to run', async () => {
    const restore = await begun('helpless');
    await guards(restore, 'helpless-topic');
    await remove('helpless');
    await eventually('its workflow is told', () => workflows.seen(restore)?.restore.deleting === true);
    workflows.close(restore, { closedAt: Date.now() + 1_000 });
    await eventually('it is let go', () => isGone(restore));
    const [note] = await said(restore, 'ConfigurationNotPutBack');
    assert.match(
      note ?? '',
      /kafka-configs\.sh .*--entity-name helpless-topic --add-config 'cleanup\.policy=\[compact\]' --delete-config retention\.ms,max\.message\.bytes/,
    );
  });

  it('says before it goes of which topics retention stays off, with the command that gives it back', async () => {
    const restore = await begun('retaining');
    await guards(restore, 'retaining-topic');
    const message = heldSentence('retaining-topic', { ms: 3_600_000, bytes: -1 });
    const condition = { type: 'RetentionHeld', status: 'True', reason: 'RetentionWouldDelete', message };
    const conditions = [{ ...condition, observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const status = { phase: 'Done', conditions };
    await applyStatus(api.client, kinds.Restore, restore, status, { fieldManager: 'workflow' });
    await remove('retaining');
    await eventually('its workflow is told', () => workflows.seen(restore)?.restore.deleting === true);
    workflows.close(restore);
    await eventually('it is let go', () => isGone(restore));
    const notes = await said(restore, 'RetentionHeld');
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', /--entity-name retaining-topic --delete-config retention\.ms,retention\.bytes$/);
    assert.deepEqual(await said(restore, 'ConfigurationNotPutBack'), []);
  });

  it('is given up after two minutes, whether Temporal answers or not', async () => {
    const [stuck, alone] = [await begun('stuck'), await begun('alone')];
    await guards(stuck, 'stuck-topic');
    await guards(alone, 'alone-topic');
    await remove('stuck');
    await eventually('its workflow is told', () => workflows.seen(stuck)?.restore.deleting === true);
    assert.equal(await isGone(stuck), false);
    const { now } = Date;
    const later = mock.method(Date, 'now', () => now() + 121_000);
    try {
      await eventually('it is let go', () => isGone(stuck));
      assert.match((await said(stuck, 'ConfigurationNotPutBack'))[0] ?? '', /stuck-topic/);
      assert.ok(workflows.asked(stuck).includes('The Restore was deleted, and did not end in time.'));
      workflows.away = true;
      await remove('alone');
      await eventually('it is let go', () => isGone(alone));
      assert.match((await said(alone, 'ConfigurationNotPutBack'))[0] ?? '', /alone-topic/);
    } finally {
      later.mock.restore();
      workflows.away = false;
    }
  });
});

describe('an approval', () => {
  const annotate = (name: string, reason: string): Promise<void> =>
    succeeds('-n', namespace, 'annotate', 'restore', name, `${approveAnnotation}=${reason}`);

  it('that answers nothing is said and left', async () => {
    const restore = await begun('unasked');
    await annotate('unasked', 'TargetInUse');
    await eventually('that is said', async () => (await said(restore, 'ApprovalIgnored')).length === 1);
    assert.match((await said(restore, 'ApprovalIgnored'))[0] ?? '', /TargetInUse answers nothing that was asked/);
    const { metadata } = parseRestore(await api.client.get(kinds.Restore, restore));
    assert.equal(metadata.annotations[approveAnnotation], 'TargetInUse');
    await eventually('its workflow sees it', () => workflows.seen(restore)?.restore.approve === 'TargetInUse');
  });

  it('that retention may delete starts the workflow of a Restore that is done, though its Job is there', async () => {
    const restore = await begun('retained');
    const owner = { apiVersion, kind: 'Restore', name: restore.name, uid: restore.uid };
    const { metadata } = await api.client.create(kinds.Job, {
      ...{ apiVersion: 'batch/v1', kind: 'Job', spec: podOfNothing },
      metadata: {
        ...{ namespace, name: 'retained-1', ownerReferences: [owner] },
        labels: { [restoreUidLabel]: restore.uid },
      },
    });
    await complete(metadata.name);
    const condition = { status: 'True', reason: 'RetentionWouldDelete', message: 'm', observedGeneration: 1 };
    const conditions = [{ ...condition, type: 'RetentionHeld', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const job = { name: metadata.name, uid: metadata.uid };
    const status = { phase: 'Done', job, conditions };
    await applyStatus(api.client, kinds.Restore, restore, status, { fieldManager: 'workflow' });
    workflows.close(restore);
    await annotate('retained', 'RetentionHeld');
    const starts = (): number => workflows.asked(restore).filter((asked) => asked === 'start').length;
    await eventually('it is started again', () => starts() === 2);
  });
});

/** What the Job controller says of a Job whose pod has left. */
async function complete(job: string): Promise<void> {
  const at = '2026-01-01T00:00:00Z';
  const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: at,
  }));
  const status = { startTime: at, completionTime: at, succeeded: 1, conditions };
  await succeeds('patch', 'job', job, '-n', namespace, '--subresource=status', '-p', JSON.stringify({ status }));
}

describe('a Restore that is not understood', () => {
  const elsewhere = { sourceCredentialsFrom: { credentialsRef: { name: 'key', namespace: 'other' } } };
  let restore: RestoreRef;
  before(async () => {
    // Without it the API server takes what the operator does not.
    await succeeds('delete', 'validatingadmissionpolicybinding', '--all');
    await eventually('it is taken', async () => {
      const object = await createRestore(api, { namespace, name: 'strange', finalizers }, elsewhere).catch(() => null);
      if (object !== null) restore = refOf(object);
      return object !== null;
    });
  });

  it('is told so', async () => {
    await eventually('it says so', async () => (await read(restore)).status.phase === 'Invalid');
    assert.match(
      (await whyOf(restore))?.message ?? '',
      /credentialsRef\.namespace: only Credentials of the Restore's own/,
    );
    const { sequence } = (await read(restore)).status;
    await succeeds('-n', namespace, 'annotate', 'restore', 'strange', 'example.org/touched=yes');
    await begun('after-strange');
    assert.equal((await read(restore)).status.sequence, sequence, 'once');
  });

  it('can be deleted', async () => {
    await succeeds('-n', namespace, 'delete', 'restore', 'strange', '--wait=false');
    await eventually('it is let go', () => isGone(restore));
    assert.deepEqual(await said(restore, 'ConfigurationNotPutBack'), [], 'it has guarded nothing');
  });
});

describe('an EventHub whose properties are refused', () => {
  it('says so, and so does a Restore that names it, which goes on once they are corrected', async () => {
    const place = { namespace, name: 'bearer' };
    const ofEventHub = async (): Promise<string> =>
      eventHubStatus.parse((await api.client.get(kinds.EventHub, place))?.status ?? {}).message ?? '';
    const refused = { 'security.protocol': 'sasl_ssl', 'sasl.mechanism': 'OAUTHBEARER' };
    const kafka = { properties: { 'bootstrap.servers': 'kafka:9092', ...refused } };
    await api.client.create(kinds.EventHub, { apiVersion, kind: 'EventHub', metadata: place, spec: { kafka } });
    const restore = refOf(await createRestore(api, { namespace, name: 'unauthenticated' }, { sink: place.name }));
    const words = /spec\.kafka\.properties\.sasl\.mechanism: must be one of PLAIN/;
    await eventually('the EventHub says so', async () => words.test(await ofEventHub()));
    await eventually('the Restore is Invalid', async () => (await read(restore)).status.phase === 'Invalid');
    assert.match((await whyOf(restore))?.message ?? '', words);
    assert.ok(!workflows.asked(restore).includes('start'));

    const properties = { 'security.protocol': null, 'sasl.mechanism': null };
    await api.client.mergePatch(kinds.EventHub, place, { spec: { kafka: { properties } } });
    await eventually('the EventHub is ready', async () => (await ofEventHub()) === 'Ready');
    await eventually('the Restore goes on', () => workflows.asked(restore).includes('start'));
  });
});

describe('Temporal that is away', () => {
  it('is what a Restore waits for, until it is back; one that is done waits for nothing', async () => {
    const [waiting, done] = [await begun('waiting'), await begun('done')];
    await restate(api.client, done, 'Done', []);
    workflows.away = true;
    await eventually('it says so', async () => (await whyOf(waiting))?.reason === 'TemporalUnreachable');
    assert.equal((await read(waiting)).status.phase, 'Waiting');
    assert.equal((await read(done)).status.phase, 'Done');
    workflows.away = false;
    await eventually(
      'the workflow is told to say anew where it stands',
      () => workflows.seen(waiting)?.overwritten === true,
    );
  });
});

/** From now on the operator's clock is ahead by this. */
function ahead(t: TestContext, ms: number): void {
  const { now } = Date;
  t.mock.method(Date, 'now', () => now() + ms);
}

describe('a pod that does not fetch its work', () => {
  it('is named to its workflow, with where it looks for Temporal, until it does', async (t) => {
    const restore = await begun('silent');
    const owner = { apiVersion, kind: 'Restore', name: restore.name, uid: restore.uid };
    const labels = { [restoreUidLabel]: restore.uid };
    const { metadata } = await api.client.create(kinds.Job, {
      ...{ apiVersion: 'batch/v1', kind: 'Job', spec: podOfNothing },
      metadata: { namespace, name: 'silent-1', labels, ownerReferences: [owner] },
    });
    const env = [{ name: 'TEMPORAL_ADDRESS', value: 'elsewhere:7233' }];
    await api.client.create(kinds.Pod, {
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: { namespace, name: 'silent-1-pod', labels: { ...labels, [jobUidLabel]: metadata.uid } },
      spec: { containers: [{ name: 'restore', image: 'none', env }] },
    });
    workflows.unfetched = '1/1';
    const state = { running: { startedAt: '2026-01-01T00:00:00Z' } };
    const container = { name: 'restore', image: 'none', imageID: 'none', ready: true, restartCount: 0, state };
    const status = JSON.stringify({ status: { phase: 'Running', containerStatuses: [container] } });
    await succeeds('-n', namespace, 'patch', 'pod', 'silent-1-pod', '--subresource=status', '-p', status);
    const seen = (): JobFacts | undefined => workflows.seen(restore)?.jobs[0];
    await eventually('its workflow sees it at work', () => seen()?.pod?.running === true);
    assert.equal(seen()?.hindered, null);

    ahead(t, 31_000);
    await eventually('its workflow is told', () => seen()?.hindered?.reason === 'PodSilent');
    assert.match(seen()?.hindered?.message ?? '', /^Pod silent-1-pod runs.*elsewhere:7233.*delete job silent-1$/);
    workflows.unfetched = null;
    await eventually('its workflow is told that it works', () => seen()?.hindered === null);
  });
});

describe('a workflow that takes nothing of what it is told', () => {
  it('is named, with the command that ends it, until it takes it or another one has begun', async (t) => {
    const both = [await begun('revived'), await begun('replaced')] as const;
    const [revived, replaced] = both;
    const times = (restore: RestoreRef, what: string): number =>
      workflows.asked(restore).filter((asked) => asked === what).length;
    workflows.unserved = true;
    try {
      for (const restore of both) {
        const before = times(restore, 'signal');
        await succeeds('-n', namespace, 'annotate', 'restore', restore.name, `${approveAnnotation}=TargetInUse`);
        await eventually('it is told', () => times(restore, 'signal') > before);
        assert.notEqual((await whyOf(restore))?.reason, 'WorkflowSilent');
      }
      ahead(t, 61_000);
      for (const restore of both) {
        await eventually('that is said', async () => (await whyOf(restore))?.reason === 'WorkflowSilent');
      }
    } finally {
      workflows.unserved = false;
    }
    assert.match(
      (await whyOf(revived))?.message ?? '',
      /of-before.*of-now.*temporal workflow terminate --namespace default --workflow-id restore\/served\/revived\//,
    );
    await eventually('it is told to say anew where it stands', () => workflows.seen(revived)?.overwritten === true);
    workflows.close(replaced, { completed: false });
    await eventually('another one begins', () => times(replaced, 'start') === 2);
  });
});

describe('a workflow whose Restore is gone', () => {
  it('is ended once Temporal is back, and by an operator that was away itself', async () => {
    const missed = 'The Restore is gone.';
    const [first, second] = [await begun('gone-1'), await begun('gone-2')];
    const drop = async (name: string): Promise<void> => {
      // In this order: what is not being deleted gets its finalizer again.
      await succeeds('-n', namespace, 'delete', 'restore', name, '--wait=false');
      await succeeds('-n', namespace, 'patch', 'restore', name, '--type=merge', '-p', '{"metadata":{"finalizers":[]}}');
    };
    workflows.away = true;
    await drop('gone-1');
    workflows.away = false;
    await eventually('it is ended', () => workflows.asked(first).includes(missed));

    await controller.stop();
    await drop('gone-2');
    controller = begin(workflows);
    await eventually('it is ended', () => workflows.asked(second).includes(missed));
  });
});

describe('a volume claim that the API server does not take', () => {
  before(() => setQuota(api, poor, { persistentvolumeclaims: '0' }));

  it('is what is wrong with a Restore', async () => {
    const restore = refOf(await createRestore(api, { namespace: poor, name: 'homeless' }));
    const problem = (): string => workflows.seen(restore)?.restore.problem ?? '';
    await eventually('its workflow is told so', () => problem() !== '');
    assert.match(problem(), /take the volume claim homeless-report-\w{5} of the report: .*exceeded quota/s);
  });

  it('is what is wrong with a Storage', async () => {
    const spec = { volume: { capacity: '1Gi' } };
    await api.client.create(kinds.Storage, {
      apiVersion,
      kind: 'Storage',
      metadata: { namespace: poor, name: 'disk' },
      spec,
    });
    await eventually('it says so', async () => {
      const object = await api.client.get(kinds.Storage, { namespace: poor, name: 'disk' });
      return object !== null && /volume claim disk: .*exceeded quota/s.test(parseStorage(object).status.message ?? '');
    });
  });
});

describe('a namespace that is deleted', () => {
  it('is not held by its Restores, though the permissions in it are gone first', async () => {
    const restore = await begun('last', doomed);
    await succeeds('-n', doomed, 'delete', 'rolebinding', 'rekindle-operator');
    await succeeds('delete', 'namespace', doomed, '--wait=false');
    await succeeds('-n', doomed, 'delete', 'restore', 'last', '--wait=false');
    await eventually('it is let go', () => isGone(restore));
    assert.ok(workflows.asked(restore).includes('The namespace is being deleted.'));
  });

  it('is not held by an operator that has begun after that either', async () => {
    await controller.stop();
    const name = 'left-over';
    const restore = refOf(await createRestore(api, { namespace: forgotten, name, finalizers }));
    await succeeds('delete', 'namespace', forgotten, '--wait=false');
    await succeeds('-n', forgotten, 'delete', 'restore', name, '--wait=false');
    controller = begin(workflows);
    await eventually('it is let go', () => isGone(restore));
  });

  it('or was never opened to the operator keeps no other namespace waiting', async () => {
    await begun('beside');
  });
});
