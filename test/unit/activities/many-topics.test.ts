// A Restore of as many topics as are served claims them in the time that an activity has, and knows them again in one message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Claims } from '../../../activities/claims.ts';
import type { Claim } from '../../../src/model/claim.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import { ref, restoreMapping } from './objects.ts';
import { StoredObjects } from './stored.ts';

const names = Array.from({ length: 1_000 }, (_, at) => `topic-${String(at).padStart(4, '0')}`);
const configs = Object.fromEntries(
  Array.from({ length: 20 }, (_, at) => [`some.config.of.a.topic.${at}`, 'its value']),
);
const claimOf = (restore: RestoreRef, targets: readonly string[]): Claim => ({
  ...{ clusterId: 'here', restore, transactionalIds: ['rekindle-n-r'], producerIds: [1, 2, 3] },
  topics: targets.map((name) => ({
    ...{ name, id: 'vOBJZ1Q5QkmmLdNzRWmW7A', createdByUs: false, mark: null, emptyAtStart: true, starts: [0, 0, 0] },
    ...{ finalConfigs: configs, guards: Object.keys(configs).slice(0, 7) },
  })),
});

/** How often each verb was asked for, and how many calls were under way at the same time. */
function watched(objects: StoredObjects): { counts: Record<string, number>; atOnce: number } {
  const seen = { counts: {} as Record<string, number>, atOnce: 0 };
  let underWay = 0;
  objects.before = async (call) => {
    const verb = call.replace(/ \S+$/, '');
    seen.counts[verb] = (seen.counts[verb] ?? 0) + 1;
    underWay += 1;
    seen.atOnce = Math.max(seen.atOnce, underWay);
    await setTimeout(0);
    underWay -= 1;
  };
  return seen;
}

test('all are looked at several at a time, and each is written once', async () => {
  const objects = new StoredObjects();
  objects.put(restoreMapping(names));
  const claims = new Claims(objects.kube, 'rekindle-system');
  const first = watched(objects);
  assert.equal(await claims.take(ref, claimOf(ref, names)), null);
  assert.deepEqual(first.counts, { 'get Restore': 1, 'get ConfigMap': 1_000, 'create ConfigMap': 1_000 });
  assert.equal(first.atOnce, 16);

  for (const { metadata } of objects.all('ConfigMap').slice(600)) objects.remove('ConfigMap', metadata.name);
  const again = watched(objects);
  assert.equal(await claims.take(ref, claimOf(ref, names)), null);
  // What was there already is not written anew: a try that had no time left is gone on from.
  assert.deepEqual(again.counts, { 'get Restore': 1, 'get ConfigMap': 1_000, 'create ConfigMap': 400 });
});

test('one that another Restore holds is seen before anything is written', async () => {
  const objects = new StoredObjects();
  const holder = { namespace: 'n', name: 'holder', uid: 'h' };
  objects.put(restoreMapping(names));
  objects.put(restoreMapping(names, holder));
  const claims = new Claims(objects.kube, 'rekindle-system');
  await claims.take(holder, claimOf(holder, names.slice(-1)));
  const { counts } = watched(objects);
  assert.match((await claims.take(ref, claimOf(ref, names)))?.message ?? '', /Topic topic-0999 is claimed by/);
  assert.deepEqual(counts, { 'get Restore': 2, 'get ConfigMap': 1_000 });
});

test('of Restores that want the same topics at the same time one gets them all', async () => {
  const objects = new StoredObjects();
  const wanted = names.slice(0, 40);
  const refs = ['a', 'b', 'c'].map((name) => ({ namespace: 'n', name, uid: name }));
  for (const one of refs) objects.put(restoreMapping(wanted, one));
  const claims = new Claims(objects.kube, 'rekindle-system');
  let call = 0;
  // Each is answered late, and not in the order in which they were asked for.
  objects.before = async () => {
    call += 1;
    await setTimeout((call * 7) % 4);
  };
  const orders = [wanted, wanted.toReversed(), [...wanted.slice(20), ...wanted.slice(0, 20)]];
  const outcomes = await Promise.all(refs.map((one, at) => claims.take(one, claimOf(one, orders[at] ?? []))));
  const winners = refs.filter((_, at) => outcomes[at] === null);
  assert.equal(winners.length, 1);
  const [winner = ref] = winners;
  assert.deepEqual(
    (await claims.recall(winner)).flatMap(({ topics }) => topics.map(({ name }) => name)).toSorted(),
    wanted,
  );
});

test('what is recalled says once what all topics have in common, and fits into a message of Temporal', async () => {
  const objects = new StoredObjects();
  objects.put(restoreMapping(names));
  const claims = new Claims(objects.kube, 'rekindle-system');
  const producerIds = Array.from({ length: 500 }, (_, at) => at);
  await claims.take(ref, { ...claimOf(ref, names.slice(1)), producerIds });
  await claims.take(ref, claimOf(ref, names.slice(0, 1)));
  const recalled = await claims.recall(ref);
  const told = recalled.map((claim) => [claim.producerIds.length, claim.topics.length]);
  assert.deepEqual(told.toSorted(), [
    [3, 1],
    [500, 999],
  ]);
  assert.ok(JSON.stringify(recalled).length < 1_500_000, `${JSON.stringify(recalled).length} bytes`);
});
