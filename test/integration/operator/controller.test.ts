// What the operator makes of what it sees in the API server, with its own permissions there and pretended workflows: a Restore
// has a word for everything that is in its way, and is let go when it is deleted.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { CustomObject } from '../../../src/kube/objects.ts';
import { apiVersion } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { parseStorage } from '../../../src/model/resources/storage.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import { Controller } from '../../../src/operator/controller.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { eventually } from '../kube/eventually.ts';
import { createPlaces, createRestore, installed, setQuota } from './installed.ts';
import { PretendedWorkflows } from './pretended-workflows.ts';

const namespace = 'served';
/** Served too, and deleted by a test. */
const doomed = 'doomed';
/** Served, with a quota that leaves nothing. */
const poor = 'poor';
/** Said to be served, but nobody has given the operator any permission in it. */
const forgotten = 'forgotten';

const logger = createLogger();
logger.level = 'silent';

let api: ApiServer;
let workflows: PretendedWorkflows;
let controller: Controller;
before(async () => {
  api = await installed(namespace, doomed, poor);
  await createPlaces(api, namespace);
  await createPlaces(api, doomed);
  await createPlaces(api, poor);
  await succeeds('create', 'namespace', forgotten);
  workflows = new PretendedWorkflows();
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
    claims: new Claims(api.operator, 'rekindle-system'),
    events: new EventRecorder({ client: api.operator, component: 'rekindle.dev/operator', instance: 'test', logger }),
    reportVolume: { size: '1Gi' },
    logger,
  });
  operator.start();
  return operator;
}

const refOf = ({ metadata }: CustomObject): RestoreRef => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid,
});

async function read({ namespace: of, name }: RestoreRef): Promise<Restore | null> {
  const object = await api.client.get(kinds.Restore, { namespace: of, name });
  return object === null ? null : parseRestore(object);
}

async function isGone(restore: RestoreRef): Promise<boolean> {
  return (await read(restore)) === null;
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
    const finalizers = ['rekindle.dev/restore'];
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
