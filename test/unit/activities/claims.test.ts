// Whoever waits for a topic is told which Restore holds it, where that one is in its life, and what goes with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { Kind, KubeObject, ObjectRef } from '../../../src/kube/objects.ts';
import type { Claim } from '../../../src/model/claim.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import { ref, restoreOf } from './objects.ts';

const holder: RestoreRef = { namespace: 'n', name: 'holder', uid: 'h' };
const topic = { name: 't', id: 'id', createdByUs: true, mark: null, emptyAtStart: true, starts: null };
const claimOf = (restore: RestoreRef): Claim => ({
  ...{ clusterId: 'here', restore, transactionalIds: [], producerIds: [] },
  topics: [{ ...topic, finalConfigs: null, guards: [] }],
});

const cases: readonly (readonly [given: string, status: object | null, says: RegExp | null])[] = [
  ['it restores', { phase: 'Restoring' }, /Topic t is claimed by Restore n\/holder, which is Restoring\. Delete/],
  [
    'it is done',
    { phase: 'Done' },
    /Restore n\/holder, which is Done\. Delete that Restore, with which its report goes/,
  ],
  ['it says nothing yet', {}, /claimed by Restore n\/holder\. Delete/],
  ['its status is not understood', { phase: 'Asleep' }, /claimed by Restore n\/holder\. Delete/],
  ['it is gone', null, null],
];
for (const [given, status, says] of cases) {
  test(`another Restore has claimed the topic, and ${given}`, async () => {
    const map = { metadata: { name: 'claim' }, data: { 'claim.json': JSON.stringify(claimOf(holder)) } };
    const kube = {
      get: ({ kind }: Kind<KubeObject>, { name }: ObjectRef) =>
        Promise.resolve(kind === 'ConfigMap' ? map : name === ref.name ? restoreOf('right') : status && { status }),
    } as unknown as KubeClient;
    const trouble = await new Claims(kube, 'rekindle-system').look(ref, claimOf(ref));
    if (says === null) assert.equal(trouble, null);
    else assert.match(trouble?.message ?? '', says);
  });
}
