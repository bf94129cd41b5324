import type { Command } from 'commander';
import { Archive, type ArchivedTopic } from '../archive/reader.ts';
import { verifyArchive } from '../archive/verify.ts';
import { storageAt, withS3Options, type S3CommandOptions } from './archive-location.ts';

export function registerArchive(program: Command): void {
  const archive = program.command('archive').description('Looks into an archive.');
  const list = archive
    .command('list')
    .description('Lists topics and their generations.')
    .argument('<location>', 'file:/path or s3://bucket/prefix')
    .option('--json', 'one JSON object per generation, with its partitions');
  withS3Options(list).action(async (location: string, options: S3CommandOptions & { json?: boolean }) => {
    for await (const generation of generations(await Archive.open(await storageAt(location, options)))) {
      process.stdout.write(`${options.json === true ? JSON.stringify(generation) : sentence(generation)}\n`);
    }
  });
  const verify = archive
    .command('verify')
    .description('Reads a whole archive, names all damage, and exits with 1 if there is any.')
    .argument('<location>', 'file:/path or s3://bucket/prefix');
  withS3Options(verify).action(async (location: string, options: S3CommandOptions) => {
    const verification = await verifyArchive(await Archive.open(await storageAt(location, options)));
    for (const { reason, message } of verification.damage) process.stderr.write(`${reason}: ${message}\n`);
    const verdict = verification.damage.length === 0 ? 'ok' : 'damaged';
    process.stdout.write(`${JSON.stringify({ verify: verdict, ...verification })}\n`);
    if (verdict === 'damaged') process.exitCode = 1;
  });
}

interface GenerationSummary {
  readonly topic: string;
  readonly generation: string;
  /** The one that a restore takes. */
  readonly newest: boolean;
  readonly records: number;
  readonly bytes: number;
  /** Time span of the records, ISO 8601; null without records. */
  readonly from: string | null;
  readonly to: string | null;
  readonly partitions: readonly {
    readonly partition: number;
    readonly records: number;
    readonly bytes: number;
    readonly segments: number;
    readonly endOffset: number;
  }[];
}

async function* generations(archive: Archive): AsyncGenerator<GenerationSummary> {
  for (const { name, generations: all } of archive.head.topics) {
    for (const generation of all) {
      yield summary(await archive.generation(name, generation), generation === all.at(-1));
    }
  }
}

function summary(topic: ArchivedTopic, newest: boolean): GenerationSummary {
  const segments = topic.partitions.flatMap((partition) => partition.segments);
  const from = segments.reduce((least, { minTimestamp }) => Math.min(least, minTimestamp), Infinity);
  const to = segments.reduce((most, { maxTimestamp }) => Math.max(most, maxTimestamp), -Infinity);
  return {
    topic: topic.name,
    generation: topic.generation,
    newest,
    records: topic.partitions.reduce((sum, { records }) => sum + records, 0),
    bytes: topic.partitions.reduce((sum, { bytes }) => sum + bytes, 0),
    from: isoTime(from),
    to: isoTime(to),
    partitions: topic.partitions.map(({ partition, records, bytes, segments: own, endOffset }) => ({
      ...{ partition, records, bytes, endOffset },
      segments: own.length,
    })),
  };
}

/** Null for what is no time: no records, or records without a timestamp (-1). */
function isoTime(ms: number): string | null {
  const time = new Date(ms);
  return ms < 0 || Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function sentence({ topic, generation, newest, records, bytes, from, to, partitions }: GenerationSummary): string {
  const size = `${records} records, ${bytes} bytes in ${partitions.length} partitions`;
  const span = from === null || to === null ? 'without timestamps' : `from ${from} to ${to}`;
  return `${topic}  generation ${generation}${newest ? '' : ' (superseded)'}  ${size}  ${span}`;
}
