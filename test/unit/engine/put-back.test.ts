// What stays on a topic because nothing knows what it is to get back is said, and never left on without a word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putConfigurationBack } from '../../../src/engine/put-back.ts';
import type { TopicAdmin } from '../../../src/kafka/admin.ts';
import { emptyReport } from '../../../src/model/report.ts';

const guards = { 'retention.ms': '-1', 'retention.bytes': '-1' };

type Standing = readonly (readonly [name: string, value: string, source?: string])[];
const both: Standing = Object.entries(guards);
const cases: readonly (readonly [
  given: string,
  set: Record<string, string>,
  found: Standing | null,
  /** What is said that it keeps; null: nothing is said. */
  keeps: string | null,
  id?: string,
])[] = [
  ['a topic whose guards are still on', guards, both, 'retention.ms=-1, retention.bytes=-1'],
  [
    'a topic of which one guard is still on',
    guards,
    [
      ['retention.ms', '7'],
      ['retention.bytes', '-1'],
    ],
    'retention.bytes=-1',
  ],
  ['a topic that its owner has configured meanwhile', guards, [['retention.ms', '7']], null],
  [
    'the same, and the brokers have for a default what a guard sets',
    guards,
    [
      ['retention.ms', '7'],
      ['retention.bytes', '-1', 'broker'],
    ],
    null,
  ],
  ['a topic that is gone', guards, null, null],
  ['another topic that came into its place', guards, both, null, 'id-2'],
  ['a topic that was not guarded', {}, both, null],
];
for (const [given, set, found, keeps, id = 'id-1'] of cases) {
  test(`${given}, and its claim is gone: ${keeps === null ? 'nothing is to be said' : 'that is said'}`, async () => {
    const configs = new Map((found ?? []).map(([name, value, source = 'topic']) => [name, { value, source }]));
    const admin = {
      describe: () => Promise.resolve(new Map(found === null ? [] : [['orders', { id }]])),
      configs: () => (found === null ? Promise.reject(new Error('there is no topic')) : Promise.resolve(configs)),
      alterConfigs: () => Promise.reject(new Error('nothing is to be set')),
    } as unknown as TopicAdmin;
    const report = emptyReport({ namespace: 'n', name: 'r', uid: 'u' }, 1, '2026-01-01T00:00:00.000Z');
    report.topics = [{ target: 'orders', id: 'id-1', guards: set, partitions: [] }];
    const nothing = { agreed: true, unfinished: false, step: () => undefined, confirm: () => Promise.resolve() };
    const back = await putConfigurationBack(admin, [{ name: 'orders', plans: [] }], [], { report, ...nothing });
    assert.deepEqual(
      back.held.map(({ topic }) => topic),
      keeps === null ? [] : ['orders'],
    );
    const beginning = `Topic orders keeps ${keeps ?? ''}: its claim is gone`;
    for (const { message } of back.held) assert.ok(message.startsWith(beginning), message);
  });
}
