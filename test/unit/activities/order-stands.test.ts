// A pod claims nothing by an order that is not what its Restore says any more; once that has started, it cannot be changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertOrderStands } from '../../../activities/order-stands.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { Kind, KubeObject } from '../../../src/kube/objects.ts';
import { basis, eventHub, job, ref, restoreOf, storage } from './objects.ts';

interface World {
  readonly Restore: KubeObject;
  readonly EventHub?: KubeObject | null;
  readonly jobs: readonly object[];
}
const cases: readonly [string, World, boolean][] = [
  ['what it was made for is what the Restore says', { Restore: restoreOf('right'), jobs: [job(basis)] }, true],
  ['a source was corrected before anything was claimed', { Restore: restoreOf('other'), jobs: [job(basis)] }, false],
  [
    'the EventHub was corrected',
    {
      ...{ Restore: restoreOf('right'), jobs: [job(basis)] },
      EventHub: { ...eventHub, metadata: { ...eventHub.metadata, generation: 2 } },
    },
    false,
  ],
  ['the EventHub is gone', { Restore: restoreOf('right'), EventHub: null, jobs: [job(basis)] }, false],
  [
    'started, and topics were added since: they are for the next attempt',
    { Restore: restoreOf('other', { startTime: '2026-01-01T00:00:00Z' }), jobs: [job(basis)] },
    true,
  ],
  ['a Job of an earlier version', { Restore: restoreOf('other'), jobs: [job({})] }, true],
  [
    'a Job that is over says nothing',
    { Restore: restoreOf('other'), jobs: [job(basis, [{ type: 'Failed', status: 'True' }])] },
    true,
  ],
];
for (const [what, world, stands] of cases) {
  test(`${what}: ${stands ? 'it stands' : 'the attempt ends'}`, async () => {
    const objects: Record<string, unknown> = { Storage: storage, EventHub: eventHub, ...world };
    const kube = {
      get: ({ kind }: Kind<KubeObject>) => Promise.resolve(objects[kind]),
      list: () => Promise.resolve(world.jobs),
    } as unknown as KubeClient;
    const asserted = assertOrderStands(kube, ref);
    if (stands) await asserted;
    else await assert.rejects(asserted, { reason: 'OrderOutdated', message: /Job r-aaaaa .*Another Job follows/ });
  });
}
