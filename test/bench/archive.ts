import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rekindle } from '../support/rekindle.ts';
import { javaProducer, type Load } from './programs.ts';
import { onNewTopic } from './topic.ts';

export const RECORD_BYTES = 1024;
export const PARTITIONS = 8;

/** The batches that the producer of the archive's source made. */
export const BATCH_BYTES = 512 * 1024;

export interface BenchArchive {
  /** Folder of the archive, and the topic in it. */
  readonly archive: string;
  readonly source: string;
  /** Does something with the same load, or with so many times it in so many times the partitions, on a new topic. */
  readonly onLoad: <T>(work: (load: Load) => Promise<T>, times?: number) => Promise<T>;
}

/**
 * Writes a payload and an archive of so many megabytes of it, by way of a broker, into a folder.
 * @param partitions of the topic in it
 */
export async function benchArchive(
  folder: string,
  bootstrap: string,
  megabytes: number,
  partitions = PARTITIONS,
): Promise<BenchArchive> {
  const lines = Array.from({ length: 1000 }, () => randomBytes(RECORD_BYTES / 2).toString('hex'));
  const payload = join(folder, 'payload');
  await writeFile(payload, lines.join('\n'));

  const records = Math.ceil((megabytes * 1e6) / RECORD_BYTES);
  const onLoad = <T>(work: (load: Load) => Promise<T>, times = 1): Promise<T> =>
    onNewTopic({ bootstrap, partitions: partitions * times }, (topic) =>
      work({ bootstrap, topic, payload, records: records * times, recordBytes: RECORD_BYTES }),
    );
  const archive = join(folder, 'archive');
  const source = await onLoad(async (load) => {
    await javaProducer(load, BATCH_BYTES);
    await rekindle(['backup', '--from', bootstrap, '--topics', load.topic, '--to', `file:${archive}`]);
    return load.topic;
  });
  return { archive, source, onLoad };
}
