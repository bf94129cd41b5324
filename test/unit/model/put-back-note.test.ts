// Whoever deletes a Restore whose topics nobody could put back, or whose retention stays off, is told the command for each,
// with all that was set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim, ClaimedTopic } from '../../../src/model/claim.ts';
import { putBackNote, retentionNotes } from '../../../src/model/put-back-note.ts';

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

const claimOf = (...topics: Partial<ClaimedTopic>[]): Claim => ({
  ...{ clusterId: 'c', restore: { namespace: 'n', name: 'r', uid: 'u' }, transactionalIds: [], producerIds: [] },
  topics: topics.map((of) => ({ ...topic, ...of })),
});
const kept: readonly (readonly [what: string, claims: Claim[], expected: RegExp[]])[] = [
  ['a topic that had no retention of its own', [claimOf({})], [/ --delete-config retention\.ms,retention\.bytes$/]],
  [
    'a topic that had one by time',
    [
      claimOf(
        { name: 'others', finalConfigs: {} },
        { finalConfigs: { 'retention.ms': '7', 'cleanup.policy': 'delete' } },
      ),
    ],
    [/--entity-name orders --add-config 'retention\.ms=\[7\]' --delete-config retention\.bytes$/],
  ],
  [
    'a topic of that name in two clusters',
    [claimOf({ finalConfigs: { 'retention.ms': '7' } }), claimOf({ finalConfigs: { 'retention.ms': '8' } })],
    [/retention\.ms=\[7\]/, /retention\.ms=\[8\]/],
  ],
  ['a topic of which no claim can be read', [], [/^It is kept\.$/]],
];
for (const [what, claims, expected] of kept) {
  test(`retention stays off: ${what}`, () => {
    const notes = retentionNotes({ topic: 'orders', message: 'It is kept.' }, claims);
    assert.equal(notes.length, expected.length);
    for (const [index, note] of notes.entries()) {
      assert.match(note, expected[index] ?? /never/);
      assert.match(note, /^It is kept\./);
    }
  });
}
