// While the API server is away nothing is made up, and when it is back everything goes on by itself.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { KubeUnreachable, isExpired } from '../../../src/kube/errors.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { LeaderElection } from '../../../src/kube/lease.ts';
import { listWatch } from '../../../src/kube/list-watch.ts';
import { keyOf, kinds } from '../../../src/kube/objects.ts';
import type { ConfigMap } from '../../../src/kube/objects.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { ApiServer } from '../../support/api-server.ts';
import { eventually } from '../../support/eventually.ts';

const namespace = 'default';
const logger = createLogger();
logger.level = 'silent';

let api: ApiServer;
before(async () => {
  api = await ApiServer.start();
});
after(async () => api[Symbol.asyncDispose]());

async function create(name: string): Promise<ConfigMap> {
  const metadata = { namespace, name, labels: { test: 'outage' } };
  return api.client.create(kinds.ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

it('a reflector sees what happens before, between and after two crashes of the API server', async () => {
  const gone: string[] = [];
  const reflector = new Reflector({
    source: listWatch(api.client, kinds.ConfigMap, { namespace, labelSelector: 'test=outage' }),
    logger,
    onChange: ({ key, object }) => {
      if (object === null) gone.push(key);
    },
  });
  const names = () =>
    reflector
      .list()
      .map(({ metadata }) => metadata.name)
      .sort()
      .join();
  await create('a');
  reflector.start();
  await reflector.whenSynced();
  assert.equal(names(), 'a');
  await create('b');
  await eventually('b is seen', () => names() === 'a,b');

  for (const [removed, added, left] of [
    ['a', 'c', 'b,c'],
    ['b', 'd', 'c,d'],
  ] as const) {
    await api.kill();
    await api.resume();
    // Perhaps before the reflector is back: then it must find the gap.
    await api.client.delete(kinds.ConfigMap, { namespace, name: removed });
    await create(added);
    await eventually(`${left} are left`, () => names() === left);
    assert.ok(gone.includes(keyOf({ namespace, name: removed })), `${removed} was told to be gone`);
  }
  await reflector.stop();
});

it('a watch from before the server’s memory ends as expired, which makes a reflector list anew', async () => {
  const { signal } = new AbortController();
  const source = listWatch(api.client, kinds.ConfigMap, { namespace });
  const first = async (): Promise<unknown> => {
    for await (const event of source.watch({ resourceVersion: '1', timeoutSeconds: 5 }, signal)) return event;
    return 'it ended';
  };
  await assert.rejects(first(), isExpired);
});

it('a leader that cannot renew its lease for 10 s is told so, before another may lead', async () => {
  let lostAfterMs: number | undefined;
  let killedAt = Infinity;
  const election = new LeaderElection({
    client: api.client,
    namespace,
    name: 'cut-off',
    identity: 'me',
    logger,
    onAcquired: () => undefined,
    onLost: () => (lostAfterMs = performance.now() - killedAt),
  });
  election.start();
  await eventually('it leads', () => election.isLeader);
  killedAt = performance.now();
  await api.kill();
  try {
    await eventually('it is told', () => lostAfterMs !== undefined);
    assert.ok((lostAfterMs ?? Infinity) < 15_000, `${lostAfterMs} ms`);
    assert.equal(election.isLeader, false);
  } finally {
    await api.resume();
  }
  await election.stop();
});

it('a call says which server gave no answer, and an event that cannot be recorded fails nobody', async () => {
  const regarding = await create('unheard');
  const recorder = new EventRecorder({ client: api.client, component: 'rekindle.dev/test', instance: 'me', logger });
  await api.kill();
  try {
    await assert.rejects(api.client.get(kinds.ConfigMap, regarding.metadata), (error: unknown) => {
      assert.ok(error instanceof KubeUnreachable);
      assert.match(error.message, /No answer from https:\/\/127\.0\.0\.1:\d+ to GET/);
      return true;
    });
    await recorder.record(regarding, { type: 'Normal', reason: 'Test', note: 'nobody hears this' });
  } finally {
    await api.resume();
  }
});
