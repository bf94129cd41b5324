import { z } from 'zod';
import { runJava } from './java.ts';

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof codecs)[number];

/** Where to write; topics are created when they are missing. */
export interface WhereToWrite {
  bootstrap: string;
  /** Partitions of a topic that must be created. Default 4. */
  partitions?: number | undefined;
  /** Configuration of a topic that must be created. `retention.ms` is -1 unless told. */
  configs?: Record<string, string> | undefined;
}

export interface TopicToWrite extends WhereToWrite {
  topic: string;
  /** Timestamp of the first record. */
  startTime?: Date | undefined;
}

export interface WriteRecordsOptions extends TopicToWrite {
  records: number;
  /** Mean size of a value that is neither null nor empty. Default 1024. */
  recordBytes?: number | undefined;
  /** Same seed, same numbers: the same records in each partition, whatever codecs and mode. Default 1. */
  seed?: number | undefined;
  /** Default all five, by turns. */
  codecs?: readonly Codec[] | undefined;
  /** Default `mixed`. `transactional` and `mixed` abort transactions too, between and after those that they commit. */
  mode?: 'idempotent' | 'transactional' | 'mixed' | undefined;
  /** `batch.size` of the producers, bytes. Default 65536. */
  batchBytes?: number | undefined;
}

const written = z.object({
  topic: z.string(),
  partitions: z.number(),
  /** Records that a reader of committed records sees of this run. */
  records: z.number(),
  valueBytes: z.number(),
  seconds: z.number(),
});
export type Written = z.infer<typeof written>;

const writtenRecords = written.extend({
  /** Records in the log beside them whose transaction was aborted. */
  aborted: z.number(),
});
export type WrittenRecords = z.infer<typeof writtenRecords>;

/** Writes a made-up data set with everything that a copy can get wrong; first timestamp 2019-03-01 unless told. */
export async function writeRecords(options: WriteRecordsOptions): Promise<WrittenRecords> {
  const { lines } = await runJava('WriteRecords', [
    ...topicArguments(options),
    ...argument('--records', options.records),
    ...argument('--record-bytes', options.recordBytes),
    ...argument('--seed', options.seed),
    ...argument('--codecs', options.codecs?.join(',')),
    ...argument('--mode', options.mode),
    ...argument('--batch-bytes', options.batchBytes),
  ]);
  return writtenRecords.parse(lines[0]);
}

export interface WritePackagesOptions extends TopicToWrite {
  codec?: Codec | undefined;
  /** Only the first ones. Default: all packages that the machine knows. */
  maxRecords?: number | undefined;
}

/** Writes a real corpus: the Debian package index of this machine, keyed by package name. */
export async function writePackages(options: WritePackagesOptions): Promise<Written> {
  const { lines } = await runJava('WritePackages', [
    ...topicArguments(options),
    ...argument('--codec', options.codec),
    ...argument('--max-records', options.maxRecords),
  ]);
  return written.parse(lines[0]);
}

/** Keeps the digests of topics in a file, for `compareTopics` when the topics are gone. */
export async function writeDigests(options: {
  bootstrap: string;
  topics: readonly string[];
  file: string;
}): Promise<void> {
  await runJava('WriteDigests', [
    ...argument('--bootstrap', options.bootstrap),
    ...argument('--topics', options.topics.join(',')),
    ...argument('--file', options.file),
  ]);
}

const topicDigests = z.object({
  digest: z.string(),
  partitions: z.array(z.object({ partition: z.number(), records: z.number(), digest: z.string() })),
});
export type TopicDigests = z.infer<typeof topicDigests>;

/**
 * The digests of docs/report.md, as a consumer of committed records finds them.
 * @param options.report file of the report of the restore that wrote the topic; a source has none
 */
export async function digestTopic(options: {
  bootstrap: string;
  topic: string;
  report?: string | undefined;
}): Promise<TopicDigests> {
  const { lines } = await runJava('DigestTopic', [
    ...argument('--bootstrap', options.bootstrap),
    ...argument('--topic', options.topic),
    ...argument('--report', options.report),
  ]);
  return topicDigests.parse(lines[0]);
}

export interface TopicPair {
  source: string;
  target: string;
}

export interface CompareTopicsOptions {
  bootstrap: string;
  /** Where the targets are, if not in the cluster of the sources. */
  targetBootstrap?: string | undefined;
  /** A source may stand in several pairs. */
  pairs: readonly TopicPair[];
  /** Digests of the sources by `writeDigests`, to be taken instead of the topics themselves. */
  sourceFile?: string | undefined;
}

const flaws = z.object({
  /** In the source, not in the target. */
  missing: z.number(),
  /** In the source, and more often in the target. */
  duplicates: z.number(),
  /** In both equally often, but not at the same place among their neighbours. */
  outOfOrder: z.number(),
  /** At the place of a missing record there is another that the source does not have. */
  different: z.number(),
  /** In the target, not in the source, and not at the place of a missing one. */
  foreign: z.number(),
});
export type Flaws = z.infer<typeof flaws>;

const place = z.looseObject({ topic: z.string(), partition: z.number(), offset: z.number() }).nullable();

export const pairComparison = z.object({
  source: z.string(),
  target: z.string(),
  /** Committed records of the source. */
  records: z.number(),
  /** The target as a reader of committed records sees it. */
  read_committed: flaws,
  read_uncommitted: flaws,
  firstDifference: z
    .object({
      kind: z.enum(['MISSING', 'DUPLICATE', 'OUT_OF_ORDER', 'DIFFERENT', 'FOREIGN']),
      isolation: z.string(),
      source: place,
      target: place,
    })
    .nullable(),
});

/** The numbers at the top are those of all pairs together, of each pair the worse reading. */
export const comparison = flaws.extend({ records: z.number(), pairs: z.array(pairComparison) });
export type Comparison = z.infer<typeof comparison>;

/** Compares topics record by record as consumers see them; the result says whether and where they differ. */
export async function compareTopics(options: CompareTopicsOptions): Promise<Comparison> {
  const pairs = options.pairs.map(({ source, target }) => `${source}=${target}`);
  const { lines } = await runJava('CompareTopics', [
    ...argument('--bootstrap', options.bootstrap),
    ...argument('--target-bootstrap', options.targetBootstrap),
    ...argument('--pairs', pairs.join(',')),
    ...argument('--source-file', options.sourceFile),
  ]);
  return comparison.parse(lines[0]);
}

const recordToLoad = z.object({
  topic: z.string(),
  partition: z.number(),
  /** Milliseconds since 1970. */
  timestamp: z.number(),
  /** Base64, as `value` and the headers' values. */
  key: z.string().nullable(),
  value: z.string().nullable(),
  /** In their order, repetitions included. */
  headers: z.array(z.tuple([z.string(), z.string().nullable()])),
});
export type RecordToLoad = z.infer<typeof recordToLoad>;

const dumpedRecord = recordToLoad.extend({ offset: z.number(), timestampType: z.string() });
export type DumpedRecord = z.infer<typeof dumpedRecord>;

/** All records of a (small) topic, partition after partition in offset order. `isolation` is read_committed unless told. */
export async function dumpTopic(options: {
  bootstrap: string;
  topic: string;
  isolation?: 'read_committed' | 'read_uncommitted' | undefined;
}): Promise<DumpedRecord[]> {
  const { lines } = await runJava('DumpTopic', [
    ...argument('--bootstrap', options.bootstrap),
    ...argument('--topic', options.topic),
    ...argument('--isolation', options.isolation),
  ]);
  return z.array(dumpedRecord).parse(lines);
}

/** Writes records as they stand, each to its topic and partition: made by hand, or dumped from another topic. */
export async function loadTopics(options: WhereToWrite, records: readonly RecordToLoad[]): Promise<void> {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  await runJava('LoadTopics', whereArguments(options), lines.join(''));
}

function whereArguments({ bootstrap, partitions, configs }: WhereToWrite): string[] {
  return [
    ...argument('--bootstrap', bootstrap),
    ...argument('--partitions', partitions),
    ...Object.entries(configs ?? {}).flatMap(([name, value]) => argument('--topic-config', `${name}=${value}`)),
  ];
}

function topicArguments({ topic, startTime, ...where }: TopicToWrite): string[] {
  return [
    ...whereArguments(where),
    ...argument('--topic', topic),
    ...argument('--start-time', startTime?.toISOString()),
  ];
}

/** Nothing for an option that was left out: the program's default holds. */
function argument(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}
