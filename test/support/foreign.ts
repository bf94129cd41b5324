import { loadTopics, type RecordToLoad } from './topics.ts';

const theirs = Buffer.from('theirs').toString('base64');

/** Writes one record of somebody else's to each of the partitions, with an idempotent producer of its own. */
export async function writeForeign(
  bootstrap: string,
  ...partitions: readonly Pick<RecordToLoad, 'topic' | 'partition'>[]
): Promise<void> {
  const records = partitions.map((place) => ({ ...place, timestamp: Date.now(), key: theirs, value: theirs }));
  await loadTopics(
    { bootstrap },
    records.map((record) => ({ ...record, headers: [] })),
  );
}
