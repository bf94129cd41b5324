// A Restore has started, and is fixed, from the moment when its topics are its own, and by what its Job was made for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Claims } from '../../../activities/claims.ts';
import { createControlActivities } from '../../../activities/control.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import type { StatusReport } from '../../../src/model/status-report.ts';
import { asActivityOf } from '../../support/as-activity.ts';
import { basis, eventHub, job, ref, restoreMapping, restoreOf, storage } from './objects.ts';
import { StoredObjects } from './stored.ts';

const claim: Claim = {
  ...{ clusterId: 'here', restore: ref, transactionalIds: [], producerIds: [] },
  topics: [
    {
      ...{ name: 't', id: null, createdByUs: true, mark: null, emptyAtStart: true, starts: null },
      ...{ finalConfigs: null, guards: [] },
    },
  ],
};
const holder = { namespace: 'n', name: 'holder', uid: 'h' };
const before = '2026-01-01T00:00:00Z';
const said: RestoreStatus = { phase: 'Initializing', attempt: 1, sequence: 3, conditions: [] };
/** With the mapping that its Job was made for, or another one. */
const restore = (source = 'right', status: object = said): object => restoreOf(source, status);

interface Case {
  readonly given: string;
  readonly status?: object;
  readonly isHeld?: boolean;
  /** What stands there of a sudden when the status is written. */
  readonly meanwhile?: object;
  readonly then: 'started' | 'started before' | 'TargetClaimed' | 'OrderOutdated';
}
const cases: readonly Case[] = [
  { given: 'nobody interferes', then: 'started' },
  { given: 'a person annotates it', meanwhile: restore(), then: 'started' },
  { given: 'a mapping is changed the moment before', meanwhile: restore('other'), then: 'OrderOutdated' },
  { given: 'another Restore holds the topic', isHeld: true, then: 'TargetClaimed' },
  { given: 'it has started before', status: { ...said, startTime: before }, then: 'started before' },
];
for (const { given, status, isHeld = false, meanwhile, then } of cases) {
  test(`topics are claimed, and ${given}: ${then}`, async () => {
    const objects = new StoredObjects();
    for (const object of [restore('right', status), named('Storage', storage), named('EventHub', eventHub)]) {
      objects.put(object);
    }
    objects.put({ kind: 'Job', ...job(basis) });
    const claims = new Claims(objects.kube, 'rekindle-system');
    if (isHeld) {
      objects.put(restoreMapping(['t'], holder));
      await claims.take(holder, claim);
    }
    const held = objects.all('ConfigMap');
    objects.before = (call) => {
      if (!call.startsWith('apply') || meanwhile === undefined) return;
      objects.before = () => undefined;
      objects.put(meanwhile);
    };
    const activities = createControlActivities({ kube: objects.kube, claims, jobs: {} as never });

    const claimed = asActivityOf(ref, () => activities.claimTargets({ restore: ref, claim }));
    if (then === 'OrderOutdated') await assert.rejects(claimed, { type: then, message: /Job r-aaaaa/ });
    else assert.equal((await claimed)?.reason, then === 'TargetClaimed' ? then : undefined);

    const startTime = statusIn(objects).startTime;
    const hasStarted = then === 'started' || then === 'started before';
    assert.equal(startTime !== undefined, hasStarted);
    if (then === 'started before') assert.equal(startTime, before);
    // One that waits, or begins anew with another order, holds nothing.
    if (!hasStarted) assert.deepEqual(objects.all('ConfigMap'), held);
    else assert.equal(objects.all('ConfigMap').length, 1);
  });
}

test('what the workflow states goes on from there, and leaves the time of the start', async () => {
  const objects = new StoredObjects();
  objects.put(restore());
  const claims = new Claims(objects.kube, 'rekindle-system');
  const activities = createControlActivities({ kube: objects.kube, claims, jobs: {} as never });
  await asActivityOf(ref, () => activities.claimTargets({ restore: ref, claim }));
  const started = statusIn(objects);
  assert.deepEqual(started, { ...said, startTime: started.startTime });
  const report: StatusReport = {
    ...{ restore: ref, attempt: 1, sequence: 4, phase: 'Restoring', generation: 1, job: null, report: null },
    ...{ workflow: { id: 'w', runId: 'r' }, resumedFrom: 0, errand: false, started: false, conditions: [] },
  };
  // Another time would be another one.
  await setTimeout(2);
  for (const sequence of [4, 5]) {
    const stated = { ...report, sequence, started: sequence === 5 };
    assert.equal(await asActivityOf(ref, () => activities.publishStatus(stated)), 'written');
    assert.equal(statusIn(objects).startTime, started.startTime);
  }
});

function named(kind: string, object: object): object {
  const { metadata } = object as { metadata: object };
  return { ...object, metadata: { ...metadata, name: kind === 'Storage' ? 's' : 'k' } };
}

function statusIn(objects: StoredObjects): RestoreStatus {
  return parseRestore(objects.all('Restore').find(({ metadata }) => metadata.name === ref.name)).status;
}
