// What does not keep restored records as they are is noticed on every topic, guarded or not; what is there is read again
// then, and an approval is good only for what the restore had set itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardWatch, topicsLeftAlone, whatRevertedGuards } from '../../../src/engine/guard-watch.ts';
import type { TargetLink } from '../../../src/engine/target-link.ts';
import type { TargetTopic } from '../../../src/engine/target.ts';
import type { ConfigEntry, TopicDescription } from '../../../src/kafka/admin.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { emptyPartition, type Report, type TopicReport } from '../../../src/model/report.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const DAY = 86_400_000;
const fit = {
  ...{ 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' },
  ...{ 'compression.type': 'producer', 'message.timestamp.type': 'CreateTime' },
};
const guards = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };

/** When the restore began. */
const attempts = [{ startedAt: new Date().toISOString() }] as Report['attempts'];

/** Records that are two days old. */
const planned = (name: string): TargetTopic => {
  const at = Date.now() - 2 * DAY;
  const segments = [{ summary: { minTimestamp: at, maxTimestamp: at, bytes: 100 } }];
  return { name, plans: [{ segments }] } as unknown as TargetTopic;
};
const restored = (target: string, set: Record<string, string>): TopicReport => ({
  ...{ target, id: `id-${target}`, guards: set },
  partitions: [emptyPartition(0, 0), emptyPartition(1, 0)],
});

/** The topics of a cluster; what is set on one replaces what it had. */
class Cluster {
  readonly topics: Map<string, Record<string, string>>;

  constructor(topics: Record<string, Record<string, string>>) {
    this.topics = new Map(Object.entries(topics));
  }

  configs(topic: string): Promise<Map<string, ConfigEntry>> {
    const found = this.topics.get(topic);
    if (found === undefined) return Promise.reject(new Error(`${topic} cannot be looked at`));
    return Promise.resolve(new Map(Object.entries(found).map(([name, value]) => [name, { value, source: 'topic' }])));
  }

  describe(topics: readonly string[]): Promise<Map<string, TopicDescription>> {
    return Promise.resolve(new Map(topics.map((topic) => [topic, { id: `id-${topic}` } as TopicDescription])));
  }

  alterConfigs(topic: string, { set }: { set: Record<string, string> }): Promise<void> {
    this.topics.set(topic, { ...this.topics.get(topic), ...set });
    return Promise.resolve();
  }
}

const doubted = (topics: readonly TopicReport[]): string[] =>
  topics.filter(({ partitions }) => partitions.every((of) => of.doubted)).map(({ target }) => target);

interface Case {
  readonly given: string;
  /** What `mine`, which has guards, and `theirs`, which is left alone, are configured like now. */
  readonly mine?: Record<string, string>;
  readonly theirs?: Record<string, string>;
  readonly says: RegExp | null;
  readonly doubts?: readonly string[];
}

const compacted = { ...fit, 'cleanup.policy': 'compact' };
const cases: readonly Case[] = [
  { given: 'nothing was changed', says: null },
  {
    given: 'a guard was reverted',
    mine: { ...fit, 'retention.ms': '5' },
    says: /^Topic mine: retention\.ms is 5, not -1\. Somebody has changed what the restore had set(?!.*yourself)/,
    doubts: ['mine'],
  },
  {
    given: 'compaction was set where there are no guards',
    theirs: compacted,
    says: /^Topic theirs does not keep .*: cleanup\.policy=compact would remove records\. (?!Somebody).*yourself/,
    doubts: ['theirs'],
  },
  {
    given: 'retention that would delete was set where there are no guards',
    theirs: { ...fit, 'retention.ms': String(DAY) },
    says: /theirs .*retention\.ms=86400000 would delete/,
    doubts: ['theirs'],
  },
  { given: 'retention that keeps all of it was set', theirs: { ...fit, 'retention.ms': String(3 * DAY) }, says: null },
  {
    given: 'only what is to come would be refused, and the broker says so itself',
    theirs: { ...fit, 'message.timestamp.before.max.ms': String(DAY) },
    says: null,
  },
  {
    given: 'both',
    mine: compacted,
    theirs: compacted,
    says: /^Topic mine: cleanup\.policy is compact, not delete\. Topic theirs .*Somebody has changed.*yourself/,
    doubts: ['mine', 'theirs'],
  },
];
for (const { given, mine = fit, theirs = fit, says, doubts = [] } of cases) {
  test(`${given}: ${says === null ? 'it goes on' : 'it holds, and what is there is doubted'}`, async () => {
    const topics = [restored('mine', guards), restored('theirs', {})];
    const found = await whatRevertedGuards(new Cluster({ mine, theirs }), { topics, attempts }, [planned('theirs')]);
    if (says === null) assert.equal(found, null);
    else assert.match(found?.message ?? '', says);
    assert.equal(found?.leftAlone ?? false, doubts.includes('theirs'));
    assert.deepEqual(doubted(topics), doubts);
  });
}

test('records that were young enough when the restore began hold nothing up', async () => {
  const cluster = new Cluster({ theirs: { ...fit, 'retention.ms': String(DAY) } });
  const longAgo = [{ startedAt: new Date(Date.now() - 1.5 * DAY).toISOString() }] as Report['attempts'];
  const of = { topics: [restored('theirs', {})], attempts: longAgo };
  assert.equal(await whatRevertedGuards(cluster, of, [planned('theirs')]), null);
});

test('on a topic that was made again nothing is set', async () => {
  const cluster = new Cluster({ mine: compacted });
  const another = { ...restored('mine', guards), id: 'another' };
  await assert.rejects(watch(cluster, [another], []).assertInForce(approved), { reason: 'TargetReplaced' });
  assert.deepEqual(Object.fromEntries(cluster.topics), { mine: compacted });
});

test('a topic that is about to be guarded holds nothing up', async () => {
  const topics = [restored('theirs', {})];
  assert.equal(await whatRevertedGuards(new Cluster({ theirs: compacted }), { topics, attempts }, []), null);
});

test('what was seen of one topic is said though another cannot be looked at', async () => {
  const topics = [restored('theirs', {}), restored('unreachable', {})];
  const leftAlone = topics.map(({ target }) => planned(target));
  const found = await whatRevertedGuards(new Cluster({ theirs: compacted }), { topics, attempts }, leftAlone);
  assert.match(found?.message ?? '', /^Topic theirs/);
  assert.deepEqual(doubted(topics), ['theirs']);
});

function watch(cluster: Cluster, topics: TopicReport[], leftAlone: readonly TargetTopic[]): GuardWatch {
  const target = { admin: cluster, cluster: { clusterId: 'here' } };
  const link = { connect: () => Promise.resolve(target) } as unknown as TargetLink;
  const report = { topics, attempts, clusterId: 'here' } as unknown as Report;
  const options = { link, report, everyMs: 1_000, logger: createLogger() };
  return new GuardWatch({ ...options, leftAlone: () => leftAlone });
}
const approved = { reason: 'GuardReverted', message: '' } as const;

test('an approval sets guards again, and nothing on a topic that is left alone', async () => {
  const cluster = new Cluster({ mine: compacted, theirs: compacted });
  const topics = [restored('mine', guards), restored('theirs', {})];
  const watched = watch(cluster, topics, [planned('theirs')]);
  await assert.rejects(watched.assertInForce(), { reason: 'GuardReverted' });
  await assert.rejects(watched.assertInForce(approved), { reason: 'GuardReverted' });
  assert.deepEqual(Object.fromEntries(cluster.topics), { mine: fit, theirs: compacted });

  cluster.topics.set('theirs', fit);
  await watched.assertInForce();
  assert.deepEqual(doubted(topics), ['mine', 'theirs'], 'what was doubted stays doubted until it was read');
});

test('left alone is what gets nothing back in the end', () => {
  const claimed = {
    topics: [
      { name: 'mine', finalConfigs: {} },
      { name: 'theirs', finalConfigs: null },
    ],
  };
  const topics = [planned('mine'), planned('theirs')];
  const names = (claim: unknown): string[] => topicsLeftAlone(topics, claim as Claim | null).map(({ name }) => name);
  assert.deepEqual([names(claimed), names(null)], [['theirs'], []]);
});
