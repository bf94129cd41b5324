// What stays on a topic because nothing knows what it is to get back is said, and never left on without a word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putConfigurationBack } from '../../../src/engine/put-back.ts';
import type { TopicAdmin } from '../../../src/kafka/admin.ts';
import { emptyReport } from '../../../src/model/report.ts';

const guards = { 'retention.ms': '-1', 'retention.bytes': '-1' };

const cases: readonly (readonly [
  given: string,
  set: Record<string, string>,
  own: Record<string, string> | null,
  held: boolean,
])[] = [
  ['a topic whose guards are still on', guards, guards, true],
  ['a topic of which one guard is still on', guards, { ...guards, 'retention.ms': '7' }, true],
  ['a topic that its owner has configured meanwhile', guards, { 'retention.ms': '7' }, false],
  ['a topic that is gone', guards, null, false],
  ['a topic that was not guarded', {}, guards, false],
];
for (const [given, set, own, held] of cases) {
  test(`${given}, and its claim is gone: ${held ? 'that is said' : 'nothing is to be said'}`, async () => {
    const configs = new Map(Object.entries(own ?? {}).map(([name, value]) => [name, { value, source: 'topic' }]));
    const admin = {
      describe: () => Promise.resolve(new Map(own === null ? [] : [['orders', {}]])),
      configs: () => (own === null ? Promise.reject(new Error('there is no topic')) : Promise.resolve(configs)),
      alterConfigs: () => Promise.reject(new Error('nothing is to be set')),
    } as unknown as TopicAdmin;
    const report = emptyReport({ namespace: 'n', name: 'r', uid: 'u' }, 1, '2026-01-01T00:00:00.000Z');
    report.topics = [{ target: 'orders', id: 'id-1', guards: set, partitions: [] }];
    const nothing = { agreed: true, unfinished: false, step: () => undefined, confirm: () => Promise.resolve() };
    const back = await putConfigurationBack(admin, [{ name: 'orders', plans: [] }], [], { report, ...nothing });
    assert.deepEqual(
      back.held.map(({ topic }) => topic),
      held ? ['orders'] : [],
    );
    for (const { message } of back.held) assert.match(message, /orders keeps .* its claim is gone/);
  });
}
