// The independent reader is not to be fooled: each way in which a copy can be wrong is found and named, and only that.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kafkaTool } from '../../support/java.ts';
import { bootstrapServers, unusedName } from '../../support/kafka.ts';
import {
  compareTopics,
  loadTopics,
  writeDigests,
  type Comparison,
  type Flaws,
  type RecordToLoad,
} from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bootstrap = bootstrapServers();
const run = unusedName('compare');
const source = `${run}-source`;
const PARTITIONS = 2;

const flawless: Flaws = { missing: 0, duplicates: 0, outOfOrder: 0, different: 0, foreign: 0 };

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

type Content = Omit<RecordToLoad, 'topic'>;

/** Twenty records by turns in two partitions. Record 4 has all that a mutation needs; its partition has 0, 2, … 18. */
const original: Content[] = Array.from({ length: 20 }, (_, index) => ({
  partition: index % PARTITIONS,
  timestamp: Date.UTC(2019, 2, 1) + index,
  key: base64(`key-${index % 3}`),
  value: base64(`value-${index}`),
  headers: [],
}));
const rich: Content = {
  partition: 0,
  timestamp: Date.UTC(2019, 2, 1),
  key: '',
  value: '',
  headers: [
    ['z', base64('1')],
    ['a', base64('2')],
    ['z', base64('1')],
    ['n', null],
  ],
};
original[4] = rich;

function at(index: number): Content {
  const found = original[index];
  assert.ok(found);
  return found;
}

function withRecord4(change: Partial<Content>): Content[] {
  return original.with(4, { ...rich, ...change });
}

async function load(copies: Record<string, readonly Content[]>, configs: Record<string, string> = {}): Promise<void> {
  const records = Object.entries(copies).flatMap(([topic, contents]) =>
    contents.map((content) => ({ topic, ...content })),
  );
  await loadTopics({ bootstrap, partitions: PARTITIONS, configs }, records);
}

const [z, a, , n] = rich.headers;
assert.ok(z && a && n);

const copies: [name: string, records: Content[], expected: Partial<Flaws>][] = [
  ['the same records', original, {}],
  ['one dropped', original.toSpliced(8, 1), { missing: 1 }],
  ['the last one dropped', original.slice(0, -1), { missing: 1 }],
  ['one doubled in place', original.toSpliced(8, 0, at(8)), { duplicates: 1 }],
  ['one doubled at the end', [...original, at(2)], { duplicates: 1 }],
  ['a run sent again', [...original, ...original.slice(14)], { duplicates: 6 }],
  ['one dropped, another doubled', original.toSpliced(8, 1).toSpliced(2, 0, at(2)), { missing: 1, duplicates: 1 }],
  ['two neighbours swapped', original.with(8, at(10)).with(10, at(8)), { outOfOrder: 1 }],
  ['two swapped far apart', original.with(0, at(16)).with(16, at(0)), { outOfOrder: 2 }],
  ['one moved to the other partition', withRecord4({ partition: 1 }), { missing: 1, foreign: 1 }],
  ['a foreign one', original.toSpliced(8, 0, { ...at(8), value: base64('mine') }), { foreign: 1 }],
  ['another timestamp', withRecord4({ timestamp: rich.timestamp + 1 }), { different: 1 }],
  ['a null key for an empty one', withRecord4({ key: null }), { different: 1 }],
  ['a null value for an empty one', withRecord4({ value: null }), { different: 1 }],
  ['another value', withRecord4({ value: base64('v') }), { different: 1 }],
  ['key and value exchanged', original.with(8, { ...at(8), key: at(8).value, value: at(8).key }), { different: 1 }],
  ['headers in alphabetical order', withRecord4({ headers: [a, n, z, z] }), { different: 1 }],
  ['a repeated header once', withRecord4({ headers: [z, a, n] }), { different: 1 }],
  ['an empty header for a null one', withRecord4({ headers: [z, a, z, ['n', '']] }), { different: 1 }],
  ['no headers', withRecord4({ headers: [] }), { different: 1 }],
  ['one partition alone', original.filter(({ partition }) => partition === 1), { missing: 10 }],
];

const appendTime = `${run}-append-time`;
let found: Comparison;

before(async () => {
  const topics = copies.map(([name, records]) => [topicOf(name), records] as const);
  await load({ [source]: original, ...Object.fromEntries(topics) });
  await load({ [appendTime]: original }, { 'message.timestamp.type': 'LogAppendTime' });
  const targets = [...topics.map(([topic]) => topic), appendTime];
  found = await compareTopics({ bootstrap, pairs: targets.map((target) => ({ source, target })) });
});

after(async () => {
  await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--delete', '--topic', `${run}-.*`]);
});

function topicOf(copy: string): string {
  return `${run}-${copy.replaceAll(/\W/g, '-')}`;
}

function foundIn(target: string): Comparison['pairs'][number] {
  const pair = found.pairs.find((candidate) => candidate.target === target);
  assert.ok(pair);
  return pair;
}

describe('a copy with', () => {
  for (const [name, , expected] of copies) {
    test(name, () => {
      const pair = foundIn(topicOf(name));
      assert.equal(pair.records, original.length);
      assert.deepEqual(pair.read_committed, { ...flawless, ...expected });
      assert.deepEqual(pair.read_uncommitted, { ...flawless, ...expected });
      assert.equal(pair.firstDifference === null, Object.keys(expected).length === 0);
    });
  }

  test('times of the broker instead of its own', () => {
    assert.equal(foundIn(appendTime).read_committed.different, original.length);
  });
});

test('the numbers at the top are those of all pairs', () => {
  const missing = copies.map(([, , expected]) => expected.missing ?? 0);
  assert.equal(found.records, (copies.length + 1) * original.length);
  assert.equal(
    found.missing,
    missing.reduce((sum, count) => sum + count),
  );
});

test('the first difference names both records by partition and offset', () => {
  const { firstDifference } = foundIn(topicOf('another value'));
  assert.equal(firstDifference?.kind, 'DIFFERENT');
  assert.deepEqual([firstDifference.source?.topic, firstDifference.source?.offset], [source, 2]);
  assert.deepEqual([firstDifference.target?.topic, firstDifference.target?.offset], [topicOf('another value'), 2]);
  assert.equal(firstDifference.target?.['value'], base64('v'));
});

test('digests stand for a source that is gone', async () => {
  const folder = await temporaryFolder('digests');
  const sourceFile = join(folder, 'digests');
  await writeDigests({ bootstrap, topics: [source], file: sourceFile });
  await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--delete', '--topic', source]);

  const targets = [topicOf('the same records'), topicOf('one dropped')];
  const { pairs } = await compareTopics({
    bootstrap,
    pairs: targets.map((target) => ({ source, target })),
    sourceFile,
  });
  assert.deepEqual(
    pairs.map(({ records, read_committed: { missing } }) => ({ records, missing })),
    [
      { records: 20, missing: 0 },
      { records: 20, missing: 1 },
    ],
  );
});

test('a topic that does not exist is a failure, not a verdict', async () => {
  const nowhere = `${run}-nowhere`;
  await assert.rejects(
    compareTopics({ bootstrap, pairs: [{ source: nowhere, target: nowhere }] }),
    /Topic .*-nowhere does not exist/,
  );
});
