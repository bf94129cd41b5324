// A Job that was made from something else than would be made now gets no order, and gives way, unless its pod has started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureJob } from '../../../activities/ensure-job.ts';
import { orderVolume } from '../../../activities/order-secret.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { Kind, KubeObject } from '../../../src/kube/objects.ts';
import { basis, eventHub, job, ref, restoreOf, storage } from './objects.ts';

const settings = {
  image: 'i',
  serviceAccount: 's',
  temporalAddress: 't',
  temporalNamespace: 'n',
  logLevel: 'info',
  obeysStopAt: false,
};
const volumes = [{ name: orderVolume, secret: { secretName: 'order' } }];
const living = (annotations: object): object => ({ ...job(annotations), spec: { template: { spec: { volumes } } } });
const podThat = (state: object): object => ({ status: { containerStatuses: [{ name: 'restore', state }] } });
const started = { startTime: '2026-01-01T00:00:00Z' };
const moved = { ...eventHub, metadata: { ...eventHub.metadata, generation: 2 } };

interface World {
  readonly Restore: KubeObject;
  readonly EventHub?: KubeObject | null;
  readonly jobs: readonly object[];
  readonly pods?: readonly object[];
}
const waiting = [podThat({ waiting: { reason: 'ContainerCreating' } })];
const kept = ['create Secret'];
const replaced = ['delete Job r-aaaaa u'];
const cases: readonly [string, World, readonly string[]][] = [
  ['what it was made from is what there is', { Restore: restoreOf('right'), jobs: [living(basis)] }, kept],
  ['a source was corrected, and it has no pod', { Restore: restoreOf('other'), jobs: [living(basis)] }, replaced],
  [
    'a source was corrected, and its pod waits, as without an order it does',
    { Restore: restoreOf('other'), jobs: [living(basis)], pods: waiting },
    replaced,
  ],
  [
    'a source was corrected, and its pod works: it has its order',
    { Restore: restoreOf('other'), jobs: [living(basis)], pods: [podThat({ running: {} })] },
    kept,
  ],
  [
    'a source was corrected, and its pod has ended: that is for the workflow to see',
    { Restore: restoreOf('other'), jobs: [living(basis)], pods: [podThat({ terminated: { exitCode: 137 } })] },
    kept,
  ],
  [
    'started, and topics were added since: they are for the next attempt',
    { Restore: restoreOf('other', started), jobs: [living(basis)] },
    kept,
  ],
  [
    'started, and the EventHub was corrected since',
    { Restore: restoreOf('right', started), EventHub: moved, jobs: [living(basis)] },
    replaced,
  ],
  ['the EventHub is gone', { Restore: restoreOf('right'), EventHub: null, jobs: [living(basis)] }, []],
];
for (const [what, { jobs, pods = [], ...world }, expected] of cases) {
  test(`a living Job, and ${what}: ${expected.join() || 'taken as it is'}`, async () => {
    const objects: Record<string, unknown> = { Storage: storage, EventHub: eventHub, ...world };
    const asked: string[] = [];
    const kube = {
      get: ({ kind }: Kind<KubeObject>) => Promise.resolve(objects[kind]),
      list: ({ kind }: Kind<KubeObject>) => Promise.resolve(kind === 'Pod' ? pods : jobs),
      create: ({ kind }: Kind<KubeObject>) => Promise.resolve(asked.push(`create ${kind}`)),
      delete: ({ kind }: Kind<KubeObject>, { name, uid }: { name: string; uid: string }) =>
        Promise.resolve(asked.push(`delete ${kind} ${name} ${uid}`)),
      mergePatch: () => Promise.resolve(),
    } as unknown as KubeClient;
    const made = await ensureJob(kube, settings, { restore: ref, attempt: 1 });
    assert.deepEqual(asked, expected);
    assert.deepEqual(
      'refused' in made ? made.refused.reason : made.job.name,
      expected === replaced ? 'PodLeaving' : 'r-aaaaa',
    );
  });
}
