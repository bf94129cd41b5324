import { InvalidArgumentError, type Command } from 'commander';
import { backUp, DEFAULT_SEGMENT_BYTES } from '../archive/backup.ts';
import { createLogger } from '../telemetry/log.ts';
import { storageAt, withS3Options, type S3CommandOptions } from './archive-location.ts';
import { parseProperty, parseTopics } from './options.ts';

interface BackupCommandOptions extends S3CommandOptions {
  from: string;
  to: string;
  topics: string[];
  property?: Record<string, string>;
  segmentBytes: number;
}

export function registerBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('Backs up topics of a live cluster up to their present end. Run it again to append what is new.')
    .requiredOption('--from <brokers>', 'bootstrap servers, comma-separated')
    .requiredOption('--to <location>', 'archive: file:/path or s3://bucket/prefix')
    .requiredOption('--topics <list>', 'comma-separated topics', parseTopics)
    .option('--property <name=value>', 'librdkafka property, may be repeated', parseProperty)
    .option('--segment-bytes <n>', 'size from which on a segment is completed', parseSize, DEFAULT_SEGMENT_BYTES);
  withS3Options(command).action(async (options: BackupCommandOptions) => {
    const started = performance.now();
    const backups = await backUp({
      kafka: { ...options.property, 'bootstrap.servers': options.from },
      topics: options.topics,
      storage: await storageAt(options.to, options),
      segmentBytes: options.segmentBytes,
      logger: createLogger(),
    });
    const records = backups.reduce((sum, topic) => sum + topic.records, 0);
    const topics = backups.map(({ heldBack: _, ...topic }) => topic);
    const heldBack = backups.flatMap((topic) => topic.heldBack);
    const seconds = Math.round(performance.now() - started) / 1000;
    process.stdout.write(`${JSON.stringify({ backup: 'done', records, topics, heldBack, seconds })}\n`);
  });
}

function parseSize(text: string): number {
  const size = Number(text);
  if (!Number.isSafeInteger(size) || size < 1) throw new InvalidArgumentError('expected a number of bytes above 0');
  return size;
}
