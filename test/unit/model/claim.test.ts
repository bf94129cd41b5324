// What a restore has claimed is not forgotten when it is run again with other topics.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimedBesides, type Claim, type ClaimedTopic } from '../../../src/model/claim.ts';

const topicOf = (name: string, id: string | null = `id of ${name}`): ClaimedTopic => ({
  ...{ name, id, createdByUs: true, mark: null, emptyAtStart: true, starts: null },
  ...{ finalConfigs: { 'retention.ms': '7' }, guards: [] },
});
const claimOf = (clusterId: string, ...topics: ClaimedTopic[]): Claim => ({
  ...{ clusterId, restore: { namespace: 'n', name: 'r', uid: 'u' }, transactionalIds: [], producerIds: [] },
  topics,
});
const [orders, payments, parcels] = [topicOf('orders'), topicOf('payments'), topicOf('parcels')];

const cases: readonly (readonly [what: string, earlier: Claim[], newest: Claim, besides: ClaimedTopic[]])[] = [
  ['nothing was claimed before', [], claimOf('here', orders), []],
  ['the same topics are named', [claimOf('here', orders, payments)], claimOf('here', payments, orders), []],
  ['one is not named any more', [claimOf('here', orders, payments)], claimOf('here', payments), [orders]],
  ['others are named', [claimOf('here', orders, payments)], claimOf('here', parcels), [orders, payments]],
  [
    'one that is named was claimed before it existed',
    [claimOf('here', topicOf('orders', null), payments)],
    claimOf('here', orders),
    [payments],
  ],
  ['what was claimed is in another cluster', [claimOf('elsewhere', orders)], claimOf('here', payments), []],
];
for (const [what, earlier, newest, besides] of cases) {
  test(what, () => assert.deepEqual(claimedBesides(earlier, newest), besides));
}
