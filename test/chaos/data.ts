import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { newBucket, type S3Location } from '../support/s3-bucket.ts';
import { backup, rekindle } from '../support/rekindle.ts';
import { writeDigests, writeRecords, type WriteRecordsOptions } from '../support/topics.ts';

/** What the topics of all scenarios are restored from: records of 2019 by Java producers, every codec, aborted ones too. */
const topics = {
  'chaos-orders': { records: 8_000, partitions: 4, recordBytes: 300 },
  // Many small batches: more answers to lose than bytes.
  'chaos-events': { records: 6_000, partitions: 3, recordBytes: 120, batchBytes: 2_000, mode: 'idempotent' },
  // Few batches, each a large part of what a connection has under way.
  'chaos-images': { records: 400, partitions: 2, recordBytes: 12_000, mode: 'transactional' },
} as const satisfies Record<string, Omit<WriteRecordsOptions, 'bootstrap' | 'topic'>>;

export type SourceName = keyof typeof topics;
export const sourceNames = Object.keys(topics) as SourceName[];
export const partitionsOf = (source: SourceName): number => topics[source].partitions;

/** How much of each topic is archived. */
interface Amount {
  records: Record<SourceName, number>;
  /** Of the archived batches. */
  bytes: Record<SourceName, number>;
}

export interface Data extends Amount {
  /** The archive in a folder, `file:/path`. */
  inFolder: string;
  /** The same in S3. */
  inS3: S3Location;
  /** Digests of the sources, for the independent reader. */
  digests: string;
  /** What the archive in the folder was when the sources had half of their records. */
  older: Amount & { inFolder: string };
}

/** Writes the topics in two halves, backs them up after each, and keeps their digests. */
export async function makeData(bootstrap: string, folder: string): Promise<Data> {
  const [archive, older] = ['archive', 'older-archive'].map((name) => join(folder, name)) as [string, string];
  const inFolder = `file:${archive}`;
  const inS3 = await newBucket();
  const backUp = (): Promise<unknown> =>
    Promise.all([backup({ from: bootstrap, to: inFolder, topics: sourceNames }), backupToS3(bootstrap, inS3)]);

  await writeHalf(bootstrap, 1);
  await backUp();
  await cp(archive, older, { recursive: true });
  await writeHalf(bootstrap, 2);
  const digests = join(folder, 'digests');
  await Promise.all([backUp(), writeDigests({ bootstrap, topics: sourceNames, file: digests })]);
  const halves = { inFolder: `file:${older}`, ...(await amount(older)) };
  return { inFolder, inS3, digests, older: halves, ...(await amount(archive)) };
}

async function writeHalf(bootstrap: string, seed: number): Promise<void> {
  await Promise.all(
    sourceNames.map((topic) => {
      const { records, ...how } = topics[topic];
      return writeRecords({ bootstrap, topic, ...how, records: records / 2, seed });
    }),
  );
}

async function backupToS3(bootstrap: string, location: S3Location): Promise<void> {
  await rekindle([
    ...['backup', '--from', bootstrap, '--topics', sourceNames.join(',')],
    ...['--to', `s3://${location.bucket}/${location.prefix}`, ...s3Arguments(location)],
  ]);
}

/** How the command line reaches the archive. @param endpoint default the server itself */
export const s3Arguments = ({ endpoint = '', region = '' }: Partial<S3Location>): string[] => [
  ...['--s3-endpoint', endpoint, '--s3-region', region, '--s3-path-style'],
];

const size = z.object({ records: z.number(), bytes: z.number() });
const head = z.object({
  topics: z.array(
    z.object({
      name: z.enum(sourceNames),
      generations: z.array(z.object({ partitions: z.array(size) })),
    }),
  ),
});

async function amount(archive: string): Promise<Amount> {
  const found = head.parse(JSON.parse(await readFile(join(archive, 'head.json'), 'utf8')));
  const sum = (of: keyof z.infer<typeof size>): Record<SourceName, number> => {
    const sums = { 'chaos-orders': 0, 'chaos-events': 0, 'chaos-images': 0 };
    for (const { name, generations } of found.topics) {
      for (const { partitions } of generations) for (const partition of partitions) sums[name] += partition[of];
    }
    return sums;
  };
  return { records: sum('records'), bytes: sum('bytes') };
}
