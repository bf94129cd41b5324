// A topic is created only where none was found, and one that stands there by then is ours only if it bears our mark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardsFor, newMark } from '../../../src/engine/guards.ts';
import { ensureTopic, type TargetTopic } from '../../../src/engine/target.ts';
import type { NewTopic } from '../../../src/kafka/admin-requests.ts';
import type { ConfigEntry, TopicAdmin } from '../../../src/kafka/admin.ts';
import type { ClaimedTopic } from '../../../src/model/claim.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const topic = { name: 'orders', plans: [{ topic: { replicationFactor: 3 }, segments: [] }] } as unknown as TargetTopic;
const limit = 'message.timestamp.after.max.ms';
const ours = newMark();
const description = { id: 'id-1', internal: false, partitions: [{ partition: 0 }] };

/** A cluster in which somebody is faster: a topic of that name appears, with this mark, when one is to be created. */
function cluster(
  mark: string,
  brokers: readonly number[] = [1],
  ofBrokers: Record<string, string> = {},
  registered = brokers.length,
): { admin: TopicAdmin; created: NewTopic[] } {
  const created: NewTopic[] = [];
  const configs = new Map<string, ConfigEntry>(
    Object.entries(guardsFor({ largestBatch: 0, served: new Set([limit]), mark })).map(([name, value]) => [
      name,
      { value, source: 'topic' },
    ]),
  );
  const admin = {
    brokers: () => Promise.resolve(brokers),
    brokerConfigs: () => Promise.resolve(new Map(Object.entries({ [`log.${limit}`]: '1', ...ofBrokers }))),
    canReplicate: ({ replicationFactor }: NewTopic) => Promise.resolve(replicationFactor <= registered),
    create: (wanted: NewTopic) => {
      created.push(wanted);
      return Promise.resolve('exists');
    },
    configs: () => Promise.resolve(configs),
    describe: () => Promise.resolve(new Map([['orders', description]])),
  };
  return { admin: admin as unknown as TopicAdmin, created };
}

const claimed = (id: string | null, finalConfigs: Record<string, string> = {}): ClaimedTopic => ({
  ...{ name: 'orders', id, createdByUs: true, mark: ours },
  ...{ emptyAtStart: true, starts: null, finalConfigs, guards: [] },
});
const logger = createLogger();

test('An attempt before this one has created it: it bears our mark', async () => {
  const { admin, created } = cluster(ours);
  assert.equal(await ensureTopic({ admin, logger }, topic, claimed(null)), description);
  assert.equal(created[0]?.configs[limit], ours);
});

test('Another restore was faster', async () => {
  const { admin } = cluster(newMark());
  await assert.rejects(ensureTopic({ admin, logger }, topic, claimed(null)), { reason: 'TargetUnclaimed' });
});

test('What was found is not created', async () => {
  const { admin, created } = cluster(newMark());
  await ensureTopic({ admin, logger }, topic, claimed('id-1'));
  assert.deepEqual(created, []);
});

const wants: [archived: string | undefined, ofBrokers: string | undefined, number[], wanted: string | undefined][] = [
  ['2', undefined, [1], '1'],
  ['4', undefined, [1, 2, 3, 4, 5], '3'],
  ['2', undefined, [1, 2], '2'],
  ['1', undefined, [1, 2, 3], '1'],
  ['1', '2', [1], '1'],
  [undefined, undefined, [1], undefined],
  [undefined, '1', [1], undefined],
  [undefined, '2', [1], '1'],
  [undefined, '2', [1, 2, 3], undefined],
];
for (const [archived, ofBrokers, brokers, wanted] of wants) {
  const given = `${archived} of three replicas, on brokers ${brokers.join()} with ${ofBrokers}`;
  test(`min.insync.replicas=${given}: ${wanted}`, async () => {
    const set = (value: string | undefined): Record<string, string> =>
      value === undefined ? {} : { 'min.insync.replicas': value };
    const { admin, created } = cluster(ours, brokers, set(ofBrokers));
    const configs = set(archived);
    await ensureTopic({ admin, logger }, topic, claimed(null, { ...configs, 'segment.ms': '9' }));
    assert.deepEqual([created[0]?.configs['min.insync.replicas'], created[0]?.configs['segment.ms']], [wanted, '9']);
  });
}

const clusters: { up: number[]; registered: number; replicas: number; wanted: string }[] = [
  { up: [1], registered: 1, replicas: 1, wanted: '1' },
  { up: [1, 2], registered: 2, replicas: 2, wanted: '2' },
  { up: [1, 2], registered: 3, replicas: 3, wanted: '2' },
  { up: [1], registered: 3, replicas: 1, wanted: '1' },
  { up: [1, 2, 3, 4], registered: 4, replicas: 3, wanted: '2' },
];
for (const { up, registered, replicas, wanted } of clusters) {
  test(`${up.length} of ${registered} brokers are up: ${replicas} of the three replicas, and ${wanted} in sync`, async () => {
    const { admin, created } = cluster(ours, up, {}, registered);
    await ensureTopic({ admin, logger }, topic, claimed(null, { 'min.insync.replicas': '2' }));
    const [{ replicationFactor, configs } = assert.fail('it was not created')] = created;
    assert.deepEqual([replicationFactor, configs['min.insync.replicas']], [replicas, wanted]);
  });
}
