// A topic that would not keep restored records is refused before the first one is written, and held for once there are some.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopic, type CheckContext, type FoundTopic } from '../../../src/engine/preflight.ts';
import type { TargetTopic } from '../../../src/engine/target.ts';
import type { ClaimedTopic } from '../../../src/model/claim.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-01-31T00:00:00Z');
const at = now - 2 * DAY;
const summary = { minTimestamp: at, maxTimestamp: at, bytes: 100, maxBatchBytes: 100, verbatim: null };
const topic = { name: 'orders', plans: [{ segments: [{ summary }] }] } as unknown as TargetTopic;
const claimed: ClaimedTopic = {
  ...{ name: 'orders', id: 'id-1', createdByUs: false, mark: null },
  ...{ emptyAtStart: true, starts: [0], finalConfigs: null, guards: [] },
};
const fit = {
  ...{ 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' },
  ...{ 'compression.type': 'producer', 'message.timestamp.type': 'CreateTime' },
};

function findings(configs: Record<string, string>, state: Pick<CheckContext, 'resumed' | 'proved'>): string[] {
  const found = {
    description: { id: 'id-1', internal: false, partitions: [{ partition: 0 }] },
    configs: new Map(
      Object.entries({ ...fit, ...configs }).map(([name, value]) => [name, { value, source: 'broker' }]),
    ),
    ...{ ends: [0], filled: null },
  } as unknown as FoundTopic;
  const context = { earlier: [], clusterId: 'here', createTopics: true, append: false, now, ...state };
  return checkTopic(topic, found, claimed, context).map(({ reason }) => reason);
}

const first = { resumed: false, proved: false };
const again = { resumed: true, proved: false };
const grown = { resumed: true, proved: true };
const compacted = { 'cleanup.policy': 'compact' };
const refusing = { 'message.timestamp.before.max.ms': String(DAY) };
const cases: readonly [string, Record<string, string>, typeof first, string[]][] = [
  ['fit, at the first start', {}, first, []],
  ['compacted, at the first start', compacted, first, ['TargetUnguarded']],
  ['compacted, on a resume: the preparation holds', compacted, again, []],
  ['compacted, with more to restore after Done', compacted, grown, ['TargetUnguarded']],
  ['refusing what is to come, at the first start', refusing, first, ['TargetUnguarded']],
  ['refusing what is to come, on a resume', refusing, again, ['TargetUnguarded']],
];
for (const [given, configs, state, reasons] of cases) {
  test(`${given}: ${reasons.join() || 'nothing to complain of'}`, () =>
    assert.deepEqual(findings(configs, state), reasons));
}
