// Whoever deletes a Restore whose topics nobody could put back is told the command for each, with all that was set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimedTopic } from '../../../src/model/claim.ts';
import { putBackNote } from '../../../src/model/put-back-note.ts';

const topic: ClaimedTopic = {
  ...{ name: 'orders', id: 'id', createdByUs: true, mark: null, emptyAtStart: true, starts: null },
  guards: ['cleanup.policy', 'retention.ms', 'message.timestamp.before.max.ms', 'max.message.bytes'],
  finalConfigs: { 'cleanup.policy': 'compact,delete', 'max.message.bytes': '2000000', 'segment.ms': '5' },
};

const cases: readonly (readonly [what: string, of: Partial<ClaimedTopic>, expected: RegExp | null])[] = [
  ['a topic that was left alone', { finalConfigs: null }, null],
  [
    'what it had is set again, all else that was set is taken off',
    {},
    /orders --add-config 'cleanup\.policy=\[compact,delete\],max\.message\.bytes=\[2000000\]' --delete-config retention\.ms,message\.timestamp\.before\.max\.ms$/,
  ],
  [
    'a topic without configuration of its own',
    { finalConfigs: {} },
    /orders --delete-config cleanup\.policy,retention/,
  ],
  [
    'a pod that could not say what it has set',
    { guards: [] },
    /--delete-config retention\.ms,retention\.bytes,compression\.type,message\.timestamp\.type Look with --describe/,
  ],
];

for (const [what, of, expected] of cases) {
  test(what, () => {
    const note = putBackNote({ ...topic, ...of });
    if (expected === null) assert.equal(note, null);
    else assert.match(note ?? '', expected);
  });
}
