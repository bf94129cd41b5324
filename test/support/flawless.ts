import assert from 'node:assert/strict';
import { compareTopics, type TopicPair } from './topics.ts';

/** Asserts, by an independent Java reader, that every target holds its source's records once, in order, unchanged. */
export async function assertFlawless(
  bootstrap: string,
  pairs: readonly TopicPair[],
  sourceFile?: string,
): Promise<number> {
  const { records, pairs: details, ...flaws } = await compareTopics({ bootstrap, pairs, sourceFile });
  const flawed = details.find(({ firstDifference }) => firstDifference !== null);
  assert.deepEqual(
    flaws,
    { missing: 0, duplicates: 0, outOfOrder: 0, different: 0, foreign: 0 },
    JSON.stringify(flawed?.firstDifference),
  );
  return records;
}
