// What is claimed of a topic says whose it is and what it gets back in the end, whatever ran before and however it ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimTopic } from '../../../src/engine/claiming.ts';
import { guardsFor, markOf, newMark } from '../../../src/engine/guards.ts';
import type { FoundTopic } from '../../../src/engine/preflight.ts';
import type { TargetTopic } from '../../../src/engine/target.ts';
import type { Claim, ClaimedTopic } from '../../../src/model/claim.ts';
import type { TopicReport } from '../../../src/model/report.ts';

const archived = { 'retention.ms': '1000' };
const segments = [3_000_000, 2_000_000].map((maxBatchBytes) => ({ summary: { maxBatchBytes } }));
const topic = { name: 'orders', plans: [{ topic: { configs: archived }, segments }] } as unknown as TargetTopic;
const served = new Set(['message.timestamp.before.max.ms', 'message.timestamp.after.max.ms']);
const guards = guardsFor({ largestBatch: 0, served });
const held = { 'retention.ms': '-1', 'retention.bytes': '-1' };
/** Set on a topic before it was guarded. */
const its = { 'cleanup.policy': 'compact', 'compression.type': 'gzip', 'retention.ms': '7' };
const ours = newMark();
/** A topic that was created with this mark. */
const marked = (mark: string, own: Record<string, string> = {}): FoundTopic =>
  found({ ...guardsFor({ largestBatch: 0, served, mark }), ...own });
/** What is guarded on a topic that was created with the mark. */
const markedGuards = guardsFor({ largestBatch: 0, served, mark: ours });
/** What the claim of a topic of ours has on record. */
const made = { createdByUs: true, mark: ours } as const;

/** A topic as it is found, with this set on it and a broker's default beside. */
function found(own: Record<string, string>, changes: Partial<FoundTopic> = {}): FoundTopic {
  const configs: FoundTopic['configs'] = new Map([['segment.bytes', { value: '1', source: 'broker' }]]);
  for (const [name, value] of Object.entries(own)) configs.set(name, { value, source: 'topic' });
  return {
    description: { id: 'id-1', internal: false, partitions: [] },
    configs,
    ends: [5, 0],
    filled: null,
    ...changes,
  };
}

function recorded(changes: Partial<ClaimedTopic>, clusterId = 'here'): Claim[] {
  const claimed: ClaimedTopic = {
    ...{ name: 'orders', id: 'id-1', createdByUs: false, mark: null },
    ...{ emptyAtStart: true, starts: [0, 0], finalConfigs: null, guards: [] },
    ...changes,
  };
  const restore = { namespace: 'n', name: 'r', uid: 'u' };
  return [{ clusterId, restore, transactionalIds: [], producerIds: [], topics: [claimed] }];
}

const without = (set: Record<string, string>, left: string): Record<string, string> =>
  Object.fromEntries(Object.entries(set).filter(([name]) => name !== left));

const begun = (set: Record<string, string>): TopicReport => ({
  target: 'orders',
  id: 'id-1',
  guards: set,
  partitions: [],
});

interface Case {
  readonly given: string;
  readonly found?: FoundTopic;
  readonly begun?: TopicReport;
  readonly earlier?: Claim[];
  readonly guardTarget?: boolean;
  readonly proved?: boolean;
  readonly then: Partial<ClaimedTopic>;
}

const cases: readonly Case[] = [
  { given: 'no such topic', then: { createdByUs: true, emptyAtStart: true, id: null, finalConfigs: archived } },
  {
    given: 'an existing topic',
    found: found(archived),
    then: { createdByUs: false, emptyAtStart: true, starts: [5, 0], finalConfigs: null },
  },
  {
    given: 'an existing topic that holds records',
    found: found({}, { filled: { partition: 0, from: 0, to: 5 } }),
    then: { emptyAtStart: false },
  },
  {
    given: 'an existing topic to be guarded: only what is set on the topic itself',
    found: found({ 'retention.ms': '7' }),
    guardTarget: true,
    then: { createdByUs: false, finalConfigs: { 'retention.ms': '7' } },
  },
  {
    given: 'a topic of ours: it stays ours, with what the archive said',
    found: found(guards),
    earlier: recorded({ createdByUs: true, finalConfigs: archived }),
    then: { createdByUs: true, finalConfigs: archived },
  },
  {
    given: 'a topic that we have created, though its id never came on record',
    found: marked(ours),
    earlier: recorded({ id: null, createdByUs: true, mark: ours, finalConfigs: archived }),
    then: { createdByUs: true, id: 'id-1', finalConfigs: archived },
  },
  {
    given: 'the same, and somebody has taken the mark off: the report knows it',
    found: found({}),
    begun: begun(markedGuards),
    earlier: recorded({ ...made, id: null, finalConfigs: archived }),
    then: { ...made, id: 'id-1', finalConfigs: archived },
  },
  {
    given: 'another topic of that name than the report speaks of: the mark in the report is not its mark',
    found: found({}, { description: { id: 'id-2', internal: false, partitions: [] } }),
    begun: begun(markedGuards),
    earlier: recorded({ ...made, id: null, finalConfigs: archived }),
    then: { createdByUs: false, mark: null, id: 'id-2', finalConfigs: null },
  },
  {
    given: 'a topic that we have created, with room for the largest batch and what nothing is guarded of',
    found: marked(ours, { 'max.message.bytes': '3000000', 'segment.ms': '9' }),
    earlier: recorded({ ...made, id: null, finalConfigs: { ...its, 'max.message.bytes': '5', 'segment.ms': '9' } }),
    then: { ...made, finalConfigs: { ...its, 'max.message.bytes': '5', 'segment.ms': '9' } },
  },
  {
    given: 'a topic of ours while it restores, of which somebody has reverted all guards',
    found: found({ 'retention.ms': '7' }),
    begun: begun(markedGuards),
    earlier: recorded({ ...made, finalConfigs: archived }),
    then: { ...made, finalConfigs: archived },
  },
  {
    given: 'a topic of ours that was put back after Done, then configured anew by its owner',
    found: found({ 'cleanup.policy': 'delete', 'segment.ms': '9' }),
    begun: begun({}),
    earlier: recorded({ ...made, finalConfigs: { ...its, 'retention.bytes': '5' } }),
    then: { ...made, finalConfigs: { 'cleanup.policy': 'delete', 'segment.ms': '9' } },
  },
  {
    given: 'the same, and the report is gone',
    found: found({ 'cleanup.policy': 'delete', 'segment.ms': '9' }),
    earlier: recorded({ ...made, finalConfigs: { ...its, 'retention.bytes': '5' } }),
    then: { ...made, finalConfigs: { 'cleanup.policy': 'delete', 'segment.ms': '9' } },
  },
  {
    given: 'a topic of ours that was put back, then guarded again by a run that died before it wrote its report',
    found: marked(ours, { 'segment.ms': '9' }),
    begun: begun({}),
    earlier: recorded({ ...made, finalConfigs: its }),
    then: { ...made, finalConfigs: { ...its, 'segment.ms': '9' } },
  },
  {
    given: 'the same, and somebody has changed a guard since',
    found: marked(ours, { 'retention.bytes': '9' }),
    begun: begun({}),
    earlier: recorded({ ...made, finalConfigs: its }),
    then: { ...made, finalConfigs: { ...its, 'retention.bytes': '9' } },
  },
  {
    given: 'retention is held on a topic of ours, and its owner has changed all else',
    found: found({ ...held, 'cleanup.policy': 'delete' }),
    begun: begun(held),
    earlier: recorded({ ...made, finalConfigs: its }),
    then: { ...made, finalConfigs: { 'cleanup.policy': 'delete', 'retention.ms': '7' } },
  },
  {
    given: 'retention is held on a topic of ours, and the report is gone',
    found: found({ ...its, ...held, 'compression.type': 'lz4' }),
    earlier: recorded({ ...made, finalConfigs: its }),
    then: { ...made, finalConfigs: { ...its, 'compression.type': 'lz4' } },
  },
  {
    given: 'a topic that another restore has created first',
    found: marked(newMark()),
    earlier: recorded({ id: null, createdByUs: true, mark: ours, finalConfigs: archived }),
    then: { createdByUs: false, mark: null, id: 'id-1', starts: [5, 0], finalConfigs: null },
  },
  {
    given: 'a topic that somebody has created since it was claimed',
    found: found({}),
    earlier: recorded({ id: null, createdByUs: true, mark: ours, finalConfigs: archived }),
    then: { createdByUs: false, mark: null, id: 'id-1', finalConfigs: null },
  },
  {
    given: 'no such topic yet, though it may have been created: it would bear the same mark',
    earlier: recorded({ id: null, createdByUs: true, mark: ours }),
    then: { createdByUs: true, mark: ours, id: null },
  },
  {
    given: 'another topic of that name than the one that was ours',
    found: found({}),
    earlier: recorded({ createdByUs: true, id: 'id-0', finalConfigs: archived }),
    then: { createdByUs: false, id: 'id-1', finalConfigs: null },
  },
  {
    given: 'a topic that was ours in another cluster',
    found: found({}),
    earlier: recorded({ createdByUs: true, finalConfigs: archived }, 'elsewhere'),
    then: { createdByUs: false },
  },
  {
    given: 'guarded by an attempt whose report is gone',
    found: found({ ...guards, 'segment.ms': '9' }),
    earlier: recorded({ finalConfigs: archived }),
    guardTarget: true,
    then: { finalConfigs: { ...archived, 'segment.ms': '9' } },
  },
  {
    given: 'the same, but it is not to be guarded any more: it gets back what it had all the same',
    found: found(guards),
    earlier: recorded({ finalConfigs: archived }),
    then: { finalConfigs: archived },
  },
  {
    given: 'guarded, then reverted in part by somebody while it restores',
    found: found({ ...guards, 'retention.ms': '7' }),
    begun: begun(guards),
    earlier: recorded({ finalConfigs: archived }),
    guardTarget: true,
    then: { finalConfigs: archived },
  },
  {
    given: 'put back after Done, then configured anew by its owner',
    found: found({ 'retention.ms': '-1' }),
    begun: begun({}),
    earlier: recorded({ finalConfigs: archived }),
    guardTarget: true,
    then: { finalConfigs: { 'retention.ms': '-1' } },
  },
  {
    given: 'its owner has set one value that a guard would have, and it is not to be guarded any more',
    found: found({ ...its, 'retention.ms': '-1', 'cleanup.policy': 'delete' }),
    earlier: recorded({ finalConfigs: its }),
    then: { finalConfigs: null },
  },
  {
    given: 'retention is all that is still guarded, and the report is gone',
    found: found({ ...its, ...held }),
    earlier: recorded({ finalConfigs: its }),
    guardTarget: true,
    then: { finalConfigs: its },
  },
  {
    given: 'the same, but it is not to be guarded any more',
    found: found({ ...its, ...held }),
    earlier: recorded({ finalConfigs: its }),
    then: { finalConfigs: its },
  },
  {
    given: 'the same, and its owner has chosen another retention and compression since',
    found: found({ ...its, ...held, 'retention.ms': '9', 'compression.type': 'lz4' }),
    earlier: recorded({ finalConfigs: { ...its, 'retention.bytes': '5' } }),
    guardTarget: true,
    // One value alone says nothing: it is taken for its owner's.
    then: { finalConfigs: { ...its, ...held, 'retention.ms': '9', 'compression.type': 'lz4' } },
  },
  {
    given: 'retention is all that is still guarded, as the report says, and its owner has changed all else',
    found: found({ ...held, 'cleanup.policy': 'delete' }),
    begun: begun(held),
    earlier: recorded({ finalConfigs: its }),
    guardTarget: true,
    then: { finalConfigs: { 'cleanup.policy': 'delete', 'retention.ms': '7' } },
  },
  {
    given: 'one guard was changed by its owner and one taken off, then the report was lost',
    found: found({ ...without(guards, 'message.timestamp.after.max.ms'), 'retention.ms': '9' }),
    earlier: recorded({ finalConfigs: its }),
    guardTarget: true,
    then: { finalConfigs: { ...its, 'retention.ms': '9' } },
  },
  {
    given: 'room was made for the largest batch that the archive had then',
    found: found({ ...guards, 'max.message.bytes': '2000000' }),
    earlier: recorded({ finalConfigs: { ...its, 'max.message.bytes': '1000' } }),
    guardTarget: true,
    then: { finalConfigs: { ...its, 'max.message.bytes': '1000' } },
  },
  {
    given: 'its owner has made room for batches since',
    found: found({ ...guards, 'max.message.bytes': '9000000' }),
    earlier: recorded({ finalConfigs: { ...its, 'max.message.bytes': '1000' } }),
    guardTarget: true,
    then: { finalConfigs: { ...its, 'max.message.bytes': '9000000' } },
  },
  {
    given: 'what its owner had set was what a guard sets, and it is not to be guarded any more',
    found: found({ 'cleanup.policy': 'delete' }),
    earlier: recorded({ finalConfigs: { 'cleanup.policy': 'delete' } }),
    then: { finalConfigs: null },
  },
  {
    given: 'put back, then guarded again by a run that died before it wrote its report',
    found: found(guards),
    begun: begun({}),
    earlier: recorded({ finalConfigs: its }),
    guardTarget: true,
    then: { finalConfigs: its },
  },
  {
    given: 'retention held, then guarded again by a run that died before it wrote its report',
    found: found(guards),
    begun: begun(held),
    earlier: recorded({ finalConfigs: its }),
    guardTarget: true,
    then: { finalConfigs: its },
  },
  {
    given: 'retention is held, and its owner has set another one since',
    found: found({ ...its, ...held, 'retention.ms': '9' }),
    begun: begun(held),
    earlier: recorded({ finalConfigs: its }),
    guardTarget: true,
    proved: true,
    then: { finalConfigs: { ...its, 'retention.ms': '9' } },
  },
  {
    given: 'the same, of a topic of ours',
    found: found({ ...its, ...held, 'retention.ms': '9' }),
    begun: begun(held),
    earlier: recorded({ createdByUs: true, mark: ours, finalConfigs: its }),
    proved: true,
    then: { createdByUs: true, finalConfigs: { ...its, 'retention.ms': '9' } },
  },
  {
    given: 'a topic of ours that is done, its report lost: its owner has chosen what guards would be, and keeps it',
    found: found({ ...held, 'cleanup.policy': 'delete', 'compression.type': 'producer' }),
    earlier: recorded({ createdByUs: true, mark: ours, finalConfigs: its }),
    then: { finalConfigs: { 'cleanup.policy': 'delete', 'compression.type': 'producer', 'retention.ms': '7' } },
  },
];
for (const { given, then, guardTarget = false, proved = false, earlier = [], ...c } of cases) {
  test(given, () => {
    const claimed = claimTopic(topic, c.found, c.begun, { earlier, clusterId: 'here', guardTarget, proved });
    assert.deepEqual({ ...claimed, ...then }, claimed);
  });
}

test('a topic that was deleted since is created with another mark', () => {
  const earlier = recorded({ createdByUs: true, mark: ours });
  const claimed = claimTopic(topic, undefined, undefined, {
    earlier,
    clusterId: 'here',
    guardTarget: false,
    proved: false,
  });
  assert.notEqual(claimed.mark, ours);
});

test('marks differ, and each is as good as for ever', () => {
  const marks = Array.from({ length: 1_000 }, newMark);
  assert.equal(new Set(marks).size, marks.length);
  for (const mark of marks) {
    assert.ok(Number(mark) / 86_400_000 / 365 > 200_000_000, `${mark} ms`);
    assert.equal(markOf(marked(mark).configs), mark);
  }
  assert.equal(markOf(found(guards).configs), null);
});

test('a limit of timestamps that an owner has set is no mark', () => {
  for (const limit of ['0', '3600000', '3155760000000', '9000000000000000000']) {
    assert.equal(markOf(found({ 'message.timestamp.before.max.ms': limit }).configs), null);
  }
  const both = { 'message.timestamp.after.max.ms': '3600000', 'message.timestamp.before.max.ms': ours };
  assert.equal(markOf(found(both).configs), ours);
});
