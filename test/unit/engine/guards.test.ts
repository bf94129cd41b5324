// While a restore runs nothing may delete, compact, recompress or re-date its records; afterwards the topic is what the
// archive says, unless that would delete them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentSummary } from '../../../src/archive/reader.ts';
import type { ConfigEntry } from '../../../src/kafka/admin.ts';
import {
  finalConfigs,
  guardable,
  guardedConfigs,
  guardsFor,
  isGuarded,
  ownConfigs,
  revertedGuards,
  servedConfigs,
  unguard,
  unguarded,
} from '../../../src/engine/guards.ts';
import { timeSpanOf } from '../../../src/engine/time-span.ts';
import { defaultRetention, retentionOf, wouldDelete } from '../../../src/engine/retention.ts';

const DAY = 86_400_000;
const FOREVER = '9223372036854775807';
const now = Date.parse('2026-01-31T00:00:00Z');
/** Records of up to this age, in days; the newest one of `youngest`. */
const segment = (age: number, bytes: number, youngest = age): SegmentSummary =>
  ({ minTimestamp: now - age * DAY, maxTimestamp: now - youngest * DAY, bytes }) as SegmentSummary;
const withoutTime = { minTimestamp: -1, maxTimestamp: -1, bytes: 10 } as SegmentSummary;
const withoutTimeInPart = { minTimestamp: -1, maxTimestamp: now, bytes: 10 } as SegmentSummary;
const served = new Set(['message.timestamp.before.max.ms', 'message.timestamp.after.max.ms']);
const brokerDefaults = { ms: 7 * DAY, bytes: -1, cleanupPolicy: 'delete' };

test('guards stand over the archived configuration, and room is made for the largest batch', () => {
  const guarded = guardedConfigs(
    { 'retention.ms': '1000', 'cleanup.policy': 'compact', 'segment.bytes': '100' },
    { largestBatch: 2_000_000, served },
  );
  assert.equal(guarded['retention.ms'], '-1');
  assert.equal(guarded['cleanup.policy'], 'delete');
  assert.equal(guarded['segment.bytes'], '100');
  assert.equal(guarded['max.message.bytes'], '2000000');
  assert.equal(guardedConfigs({}, { largestBatch: 1000, served })['max.message.bytes'], undefined);
});

const versions: [string, string[], string[]][] = [
  ['3.5', ['difference.max.ms'], ['difference.max.ms']],
  [
    '3.9',
    ['before.max.ms', 'after.max.ms', 'difference.max.ms'],
    ['before.max.ms', 'after.max.ms', 'difference.max.ms'],
  ],
  ['4.1', ['before.max.ms', 'after.max.ms'], ['before.max.ms', 'after.max.ms']],
];
for (const [version, shown, guarded] of versions) {
  test(`a broker of Kafka ${version} gets only what it knows`, () => {
    const broker = new Map(shown.map((name) => [`log.message.timestamp.${name}`, 'any']));
    broker.set('log.retention.ms', 'any').set('message.max.bytes', 'any');
    const old = { 'message.format.version': '2.8-IV1', 'message.timestamp.difference.max.ms': '5', 'segment.ms': '9' };
    const set = guardedConfigs(old, { largestBatch: 0, served: servedConfigs(broker) });
    const limits = Object.keys(set).filter((name) => name.startsWith('message.timestamp.') && name.endsWith('.max.ms'));
    assert.deepEqual(limits.toSorted(), guarded.map((name) => `message.timestamp.${name}`).toSorted());
    for (const name of limits) assert.equal(set[name], FOREVER);
    assert.equal(set['segment.ms'], '9');
    assert.ok(!('message.format.version' in set));
  });
}

test('every guard comes off: with the archived value, or with none', () => {
  const guarded = guardedConfigs({}, { largestBatch: 2_000_000, served });
  const { set, delete: removed } = unguard({ 'retention.ms': '1000' }, false, guardable(configs(guarded)));
  assert.deepEqual(set, { 'retention.ms': '1000' });
  for (const name of Object.keys(guarded)) {
    assert.ok(name in set || removed.includes(name), `${name} stays guarded`);
  }
  assert.ok(!removed.includes('message.timestamp.difference.max.ms'), 'a broker that does not know it is not asked');
});

test('retention that would delete restored records stays off', () => {
  const { set, delete: removed } = unguard({ 'retention.ms': '1000' }, true, [
    'retention.ms',
    'retention.bytes',
    'cleanup.policy',
  ]);
  assert.ok(!('retention.ms' in set) && !removed.includes('retention.ms') && !removed.includes('retention.bytes'));
  assert.ok(removed.includes('cleanup.policy'));
});

test('only what was guarded comes off', () => {
  const changes = unguard({ 'retention.ms': '1000', 'max.message.bytes': '7' }, false, [
    'retention.ms',
    'cleanup.policy',
  ]);
  assert.deepEqual(changes, { set: { 'retention.ms': '1000' }, delete: ['cleanup.policy'] });
});

function configs(own: Record<string, string>, brokers: Record<string, string> = {}): Map<string, ConfigEntry> {
  const found = new Map<string, ConfigEntry>();
  for (const [name, value] of Object.entries(brokers)) found.set(name, { value, source: 'broker' });
  for (const [name, value] of Object.entries(own)) found.set(name, { value, source: 'topic' });
  return found;
}

test('what a topic has of its own is not what the brokers give it', () => {
  assert.deepEqual(ownConfigs(configs({ 'retention.ms': '5' }, { 'segment.bytes': '1' })), { 'retention.ms': '5' });
});

test('guarded is what has all guards set on itself', () => {
  assert.equal(isGuarded(configs(guardsFor({ largestBatch: 0, served }))), true);
  assert.equal(
    isGuarded(configs({}, guardsFor({ largestBatch: 0, served }))),
    false,
    'brokers that say the same are no guard',
  );
  assert.equal(isGuarded(configs({ ...guardsFor({ largestBatch: 0, served }), 'retention.ms': '5' })), false);
});

test('a guard is reverted when another value is in force, whoever it comes from', () => {
  const set = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };
  assert.deepEqual(revertedGuards(set, configs(set)), []);
  assert.deepEqual(revertedGuards(set, configs({ 'retention.ms': '-1' }, { 'cleanup.policy': 'delete' })), []);
  assert.deepEqual(revertedGuards(set, configs({ 'cleanup.policy': 'delete' }, { 'retention.ms': '9' })), [
    { name: 'retention.ms', wanted: '-1', found: '9' },
  ]);
});

test('configuration bound to brokers does not move', () => {
  assert.deepEqual(finalConfigs({ 'leader.replication.throttled.replicas': '*', 'segment.ms': '1' }), {
    'segment.ms': '1',
  });
});

const retentions: [string, Record<string, string>, SegmentSummary[], boolean][] = [
  ['younger than the broker default', {}, [segment(1, 10)], false],
  ['older than the broker default', {}, [segment(1, 10), segment(8, 10)], true],
  ['kept for ever', { 'retention.ms': '-1' }, [segment(800, 10)], false],
  ['too large', { 'retention.bytes': '15' }, [segment(1, 10), segment(1, 10)], true],
  ['compacted only', { 'cleanup.policy': 'compact' }, [segment(800, 10)], false],
  ['compacted and deleted', { 'cleanup.policy': 'compact,delete' }, [segment(800, 10)], true],
  ['nothing there', {}, [], false],
  ['too old in part: the broker may roll more often than the archive', {}, [segment(8, 10, 1)], true],
  ['without any time, which a broker takes for new', {}, [withoutTime], false],
  ['without a time in part, which hides how old the others are', {}, [withoutTimeInPart], true],
  ['more segments than a call takes arguments', {}, Array<SegmentSummary>(200_000).fill(segment(1, 10)), false],
];
for (const [name, final, segments, deletes] of retentions) {
  test(`retention, ${name}: ${deletes ? 'would delete' : 'keeps'}`, () =>
    assert.equal(wouldDelete(retentionOf(final, brokerDefaults), segments, now), deletes));
}

const safe: Record<string, string> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'compression.type': 'producer',
  'message.timestamp.type': 'CreateTime',
};
const days = (count: number): string => String(count * DAY);
const complaints: [Record<string, string>, string | null, SegmentSummary[]?, SegmentSummary[]?][] = [
  [{}, null],
  [{ 'cleanup.policy': 'compact,delete' }, 'cleanup.policy'],
  [{ 'retention.ms': String(DAY) }, 'retention.ms'],
  [{ 'retention.bytes': '5' }, 'retention.bytes'],
  [{ 'retention.bytes': '5' }, 'retention.bytes', [], [segment(30, 10)]],
  [{ 'retention.bytes': '15' }, null, [segment(30, 10)], [segment(30, 10)]],
  [{ 'compression.type': 'zstd' }, 'compression.type'],
  [{ 'message.timestamp.type': 'LogAppendTime' }, 'message.timestamp.type'],
  [{ 'message.timestamp.before.max.ms': days(1) }, 'message.timestamp.before.max.ms'],
  [{ 'message.timestamp.before.max.ms': days(1) }, 'message.timestamp.before.max.ms', [segment(30, 10, 0)]],
  [{ 'message.timestamp.before.max.ms': days(31) }, null],
  [{ 'message.timestamp.after.max.ms': '3600000' }, null],
  [{ 'message.timestamp.after.max.ms': '3600000' }, 'message.timestamp.after.max.ms', [segment(30, 10, -1)]],
  [{ 'message.timestamp.difference.max.ms': days(1) }, 'message.timestamp.difference.max.ms'],
  [
    { 'message.timestamp.before.max.ms': FOREVER, 'message.timestamp.difference.max.ms': days(1) },
    'message.timestamp.difference.max.ms',
  ],
  [{ 'message.timestamp.before.max.ms': days(31), 'message.timestamp.difference.max.ms': days(1) }, null],
  [{ 'message.timestamp.before.max.ms': days(1) }, null, [withoutTime]],
  [{}, null, Array<SegmentSummary>(200_000).fill(segment(1, 10))],
];
for (const [change, named, segments = [segment(30, 10)], others = []] of complaints) {
  const spans = timeSpanOf([...segments, ...others]);
  const age = spans ? `${(now - spans.oldest) / DAY} to ${(now - spans.newest) / DAY} days old` : 'without a time';
  const size =
    segments.length > 9
      ? ''
      : ` of ${JSON.stringify([segments, others].map((of) => of.map(({ bytes }) => bytes)))} bytes`;
  test(`an existing topic with ${JSON.stringify(change)}, records ${age}${size}: ${named ?? 'is fine'}`, () => {
    const configs = new Map(
      Object.entries({ ...safe, ...change }).map(
        ([name, value]) => [name, { value, source: 'topic', isDefault: false }] as const,
      ),
    );
    const found = unguarded(configs, [segments, others], now);
    if (named === null) assert.deepEqual(found, []);
    else assert.ok(found.length === 1 && found[0]?.includes(named), found.join());
  });
}

const brokers: [Record<string, string | null>, number][] = [
  [{ 'log.retention.hours': '168', 'log.retention.ms': null }, 7 * DAY],
  [{ 'log.retention.hours': '168', 'log.retention.minutes': '60' }, DAY / 24],
  [{ 'log.retention.hours': '168', 'log.retention.minutes': '60', 'log.retention.ms': '-1' }, -1],
];
for (const [configs, ms] of brokers) {
  test(`a broker with ${JSON.stringify(configs)} keeps ${ms} ms by default`, () =>
    assert.equal(defaultRetention(new Map(Object.entries(configs))).ms, ms));
}
