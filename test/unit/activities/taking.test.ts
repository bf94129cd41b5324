// A Restore gets all topics that it claims, or none: then everything stands as it stood before it asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import type { Claim } from '../../../src/model/claim.ts';
import type { RestoreRef } from '../../../src/model/state.ts';
import { ref, restoreMapping } from './objects.ts';
import { StoredObjects } from './stored.ts';

const gone: RestoreRef = { namespace: 'n', name: 'gone', uid: 'g' };
const holder: RestoreRef = { namespace: 'n', name: 'holder', uid: 'h' };
const its = { 'retention.ms': '7' };
const claimOf = (
  restore: RestoreRef,
  names: readonly string[],
  finalConfigs: Record<string, string> | null,
): Claim => ({
  ...{ clusterId: 'here', restore, transactionalIds: [], producerIds: [] },
  topics: names.map((name) => ({
    ...{ name, id: `id-${name}`, createdByUs: false, mark: null, emptyAtStart: true, starts: null },
    ...{ finalConfigs, guards: [] },
  })),
});

/** Of each topic that is claimed: whose it is by its label and by its claim, and what it gets back. */
function standing(objects: StoredObjects): Record<string, unknown> {
  const maps = objects.all('ConfigMap') as unknown as { metadata: { labels: object }; data: Record<string, string> }[];
  const claims = maps.map(({ metadata, data }) => {
    const { restore, topics } = JSON.parse(data['claim.json'] ?? '') as Claim;
    const by = new Map(Object.entries(metadata.labels)).get('rekindle.dev/restore-name') as string;
    return [topics[0]?.name, [by, restore.name, topics[0]?.finalConfigs]];
  });
  return Object.fromEntries(claims) as Record<string, unknown>;
}

/** `a` was claimed by a Restore that is gone, `b` and `c` by nobody. */
async function world(): Promise<StoredObjects> {
  const objects = new StoredObjects();
  for (const { name, uid } of [gone, holder]) objects.put(restoreMapping(['a', 'b', 'c'], { name, uid }));
  objects.put(restoreMapping(['a', 'b', 'c']));
  const claims = new Claims(objects.kube, 'rekindle-system');
  await claims.take(gone, claimOf(gone, ['a'], its));
  objects.remove('Restore', gone.name);
  return objects;
}

test('topics of nobody and of one that is gone are taken', async () => {
  const objects = await world();
  assert.equal(await new Claims(objects.kube, 'rekindle-system').take(ref, claimOf(ref, ['c', 'b', 'a'], {})), null);
  const ours = [ref.name, ref.name, {}];
  assert.deepEqual(standing(objects), { a: ours, b: ours, c: ours });
});

/** What others do to the claim of `a` and of `b` while they are put back. */
const interferences: readonly (readonly [what: string, change: (claim: object) => object, isKept: boolean])[] = [
  ['nobody interferes', (claim) => claim, false],
  ['somebody annotates them meanwhile', annotated, false],
  ['somebody has taken them meanwhile', (claim) => ({ ...claim, data: taken(claim) }), true],
];
for (const [what, change, isKept] of interferences) {
  test(`a later topic is refused: what stood there before is put back; ${what}`, async () => {
    const objects = await world();
    const claims = new Claims(objects.kube, 'rekindle-system');
    let others: 'come' | 'look on' | 'interfere' = 'come';
    const before = { a: [gone.name, gone.name, its], c: [holder.name, holder.name, null] };
    let changed = {};
    objects.before = async (call) => {
      // All were looked at, and `a` is taken: now another Restore takes `c`.
      if (others === 'come' && call.startsWith('create')) {
        others = 'look on';
        await claims.take(holder, claimOf(holder, ['c'], null));
        others = 'interfere';
      } else if (others === 'interfere' && /^(delete|replace)/.test(call)) {
        others = 'look on';
        for (const map of objects.all('ConfigMap').filter(isOurs)) objects.put(change(map));
        changed = standing(objects);
      }
    };
    const refused = await claims.take(ref, claimOf(ref, ['a', 'b', 'c'], {}));
    assert.match(refused?.message ?? '', /Topic c is claimed by Restore n\/holder/);
    assert.deepEqual(Object.keys(changed).toSorted(), ['a', 'b', 'c']);
    assert.deepEqual(standing(objects), isKept ? changed : before);
  });
}

function annotated(map: object): object {
  const { metadata } = map as { metadata: object };
  return { ...map, metadata: { ...metadata, annotations: { seen: 'yes' } } };
}

function isOurs(map: object): boolean {
  const { data } = map as { data: Record<string, string> };
  return (JSON.parse(data['claim.json'] ?? '') as Claim).restore.name === ref.name;
}

function taken(map: object): Record<string, string> {
  const { data } = map as { data: Record<string, string> };
  const claim = JSON.parse(data['claim.json'] ?? '') as Claim;
  return { 'claim.json': JSON.stringify({ ...claim, restore: { ...claim.restore, name: 'third' } }) };
}
