// A topic that the report knows is never without its claim, but that somebody deletes it: then guards are not taken for what
// the topic had before, and what the report still says stands in the place of the claim.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimTopic } from '../../../src/engine/claiming.ts';
import { guardsFor, newMark } from '../../../src/engine/guards.ts';
import { lostClaims, type LostClaims } from '../../../src/engine/lost-claims.ts';
import type { FoundTopic } from '../../../src/engine/preflight.ts';
import type { TargetTopic } from '../../../src/engine/target.ts';
import type { Claim, ClaimedTopic } from '../../../src/model/claim.ts';
import { emptyPartition, emptyReport, type Report, type TopicReport } from '../../../src/model/report.ts';

const archived = { 'retention.ms': '1000', 'cleanup.policy': 'compact' };
const topic = {
  name: 'orders',
  plans: [{ topic: { configs: archived }, segments: [{ summary: { maxBatchBytes: 3_000_000 } }] }],
} as unknown as TargetTopic;
const served = new Set(['message.timestamp.before.max.ms']);
const guards = guardsFor({ largestBatch: 0, served });
const mark = newMark();
const marked = guardsFor({ largestBatch: 0, served, mark });
const restore = { namespace: 'n', name: 'r', uid: 'u' };

/** The topic with this set on it. */
const found = (own: Record<string, string>, id = 'id-1'): FoundTopic => ({
  description: { id, internal: false, partitions: [] },
  configs: new Map(Object.entries(own).map(([name, value]) => [name, { value, source: 'topic' }])),
  ends: [90, 70],
  filled: { partition: 0, from: 0, to: 90 },
});

const begun = (set: Record<string, string>): TopicReport => ({
  ...{ target: 'orders', id: 'id-1', guards: set },
  partitions: [emptyPartition(1, 7), emptyPartition(0, 5)],
});

const claimOf = (changes: Partial<ClaimedTopic>, clusterId = 'here'): Claim => ({
  ...{ clusterId, restore, transactionalIds: [], producerIds: [] },
  topics: [
    {
      ...{ name: 'orders', id: 'id-1', createdByUs: false, mark: null, emptyAtStart: true },
      ...{ starts: [0, 0], finalConfigs: {}, guards: [], ...changes },
    },
  ],
});

const report = (changes: Partial<Report> = {}): Report => ({
  ...emptyReport(restore, 3, '2026-01-01T00:00:00.000Z'),
  ...{ clusterId: 'here', producerIds: [4, 5], producer: { producerId: 6, producerEpoch: 1, base: {} } },
  ...changes,
});

interface Case {
  readonly given: string;
  readonly found: FoundTopic;
  readonly begun?: TopicReport;
  readonly earlier?: Claim[];
  /** What is said of it; null: nothing is asked. */
  readonly says: RegExp | null;
  /** What it is to get back, once that is agreed to; absent: its claim is not gone. */
  readonly back?: Record<string, string> | null;
  /** The restore has made it. Default false. */
  readonly made?: boolean;
}

const asks = (values: RegExp, inTheEnd: RegExp): RegExp => new RegExp(`${values.source}.*${inTheEnd.source}`);
const cases: readonly Case[] = [
  { given: 'a topic that the report does not know', found: found(guards), says: null },
  {
    given: 'its claim is there',
    found: found(guards),
    begun: begun(guards),
    earlier: [claimOf({})],
    says: null,
  },
  {
    given: 'it was created, and its id never came on record',
    found: found(marked),
    begun: begun(marked),
    earlier: [claimOf({ id: null, createdByUs: true, mark })],
    says: null,
  },
  {
    given: 'the same, and somebody has taken the mark off',
    found: found({}),
    begun: begun(marked),
    earlier: [claimOf({ id: null, createdByUs: true, mark })],
    says: null,
  },
  {
    given: 'another topic came into its place a moment ago',
    found: found(guards, 'id-2'),
    begun: begun(guards),
    says: null,
  },
  {
    given: 'a topic that was found, and guarded',
    found: found({ ...guards, 'segment.bytes': '9' }),
    begun: begun(guards),
    says: asks(/topic orders is gone.*cleanup\.policy=delete, retention\.ms=-1/, /brokers' defaults in the end/),
    back: { 'segment.bytes': '9' },
  },
  {
    given: 'the same, and only another cluster has a claim',
    found: found(guards),
    begun: begun(guards),
    earlier: [claimOf({}, 'there')],
    says: /topic orders is gone/,
    back: {},
  },
  {
    given: 'a topic that the restore has made',
    found: found({ ...marked, 'segment.bytes': '9' }),
    begun: begun(marked),
    says: asks(/retention\.ms=-1/, /restore has made, and would get what the archive says/),
    back: { ...archived, 'segment.bytes': '9' },
    made: true,
  },
  {
    given: 'guarded again by a run that died before it wrote its report',
    found: found(guards),
    begun: begun({}),
    says: asks(/retention\.ms=-1/, /brokers' defaults/),
    back: {},
  },
  {
    given: 'the same, of a topic that the restore has made',
    found: found(marked),
    begun: begun({}),
    says: /restore has made/,
    back: archived,
    made: true,
  },
  {
    given: 'its owner has given it other values than the guards: those are its own',
    found: found({ 'retention.ms': '7', 'segment.bytes': '9' }),
    begun: begun(guards),
    says: null,
    back: { 'retention.ms': '7', 'segment.bytes': '9' },
  },
  {
    given: 'some guards are still on',
    found: found({ ...guards, 'retention.ms': '7' }),
    begun: begun(guards),
    says: /the restore set cleanup\.policy=delete, retention\.bytes=-1/,
    back: { 'retention.ms': '7' },
  },
  {
    given: 'a topic that is left alone',
    found: found({ 'retention.ms': '-1' }),
    begun: begun({}),
    says: null,
    back: null,
  },
];

function lost({ found: of, begun: known, earlier = [] }: Case): LostClaims {
  return lostClaims(report(), 'here', earlier, [{ topic, found: of, begun: known }]);
}

for (const c of cases) {
  test(`${c.given}: ${c.says === null ? 'nothing is asked' : 'it is asked'}`, () => {
    const { rebuilt, message } = lost(c);
    if (c.says === null) assert.equal(message, null);
    else assert.match(message ?? '', c.says);
    assert.equal(rebuilt.length, c.back === undefined ? 0 : 1);
    if (c.back === undefined) return;
    const context = { earlier: rebuilt, clusterId: 'here', guardTarget: false, proved: false };
    const claimed = claimTopic(topic, c.found, c.begun, context);
    assert.deepEqual(claimed.finalConfigs, c.back);
    const { made = false } = c;
    assert.deepEqual([claimed.createdByUs, claimed.mark], [made, made ? mark : null]);
    assert.deepEqual(claimed.starts, [5, 7], 'records of its own would be taken for those of others');
  });
}

test('what stands in the place of a claim says who has written', () => {
  const looked = [{ topic, found: found(guards), begun: begun(guards) }];
  const [claim] = lostClaims(report(), 'here', [], looked).rebuilt;
  assert.deepEqual(claim?.producerIds, [4, 5, 6]);
  assert.deepEqual(claim.transactionalIds, ['rekindle-u']);
  const [without] = lostClaims(report({ delivery: 'Idempotent' }), 'here', [], looked).rebuilt;
  assert.deepEqual(without?.transactionalIds, []);
});
