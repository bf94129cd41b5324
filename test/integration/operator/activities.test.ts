// What workflows ask of the operator is done with the operator's own permissions, for the Restore that asks and for nothing
// else, and what the API server refuses is said in its words.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import { createControlActivities } from '../../../activities/control.ts';
import type { ControlActivities } from '../../../activities/contract.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { CustomObject, Job } from '../../../src/kube/objects.ts';
import type { OwnerReference } from '../../../src/model/resources/common.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import { asActivityOf } from '../../support/as-activity.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { createPlaces, createRestore, installed } from './installed.ts';

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
    },
  });
});
after(async () => api[Symbol.asyncDispose]());

function refOf({ metadata: { name, uid } }: CustomObject): RestoreRef {
  return { namespace, name, uid };
}

const podOfNothing = {
  template: {
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'none', terminationMessagePolicy: 'File' }] },
  },
};

/** A Job that somebody else made. */
async function jobOf(name: string, owner: OwnerReference): Promise<Job> {
  const draft = { apiVersion: 'batch/v1', kind: 'Job', spec: podOfNothing };
  return api.client.create(kinds.Job, { ...draft, metadata: { namespace, name, ownerReferences: [owner] } });
}

const there = async (name: string): Promise<boolean> => (await api.client.get(kinds.Job, { namespace, name })) !== null;

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
