import type { Command } from 'commander';
import { resolve } from 'node:path';
import { Archive } from '../archive/reader.ts';
import { verifyRestore } from '../engine/verification.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import { RekindleError } from '../model/reasons.ts';
import { readReport } from '../report/reading.ts';
import { createLogger } from '../telemetry/log.ts';
import { storageAt, withS3Options, type S3CommandOptions } from './archive-location.ts';
import { parseProperty, parseTopics } from './options.ts';

interface VerifyOptions extends S3CommandOptions {
  from: string;
  to: string;
  report: string;
  topics?: string[];
  property?: Record<string, string>;
}

export function registerVerify(program: Command): void {
  const command = program
    .command('verify')
    .description(
      'Compares archive, target and report of a restore, record by record. Exits with 1 if there is any difference.',
    )
    .requiredOption('--from <location>', 'archive: file:/path or s3://bucket/prefix')
    .requiredOption('--to <brokers>', 'bootstrap servers, comma-separated')
    .requiredOption('--report <folder>', 'folder of the report of the restore')
    .option('--topics <list>', 'comma-separated target topics (default: all of the report)', parseTopics)
    .option('--property <name=value>', 'librdkafka property, may be repeated', parseProperty);
  withS3Options(command).action(async (options: VerifyOptions) => {
    const topics = await verify(options);
    const equal = topics.every((topic) => topic.equal);
    process.stdout.write(`${JSON.stringify({ verify: equal ? 'equal' : 'different', topics })}\n`);
    if (!equal) process.exitCode = 1;
  });
}

async function verify(options: VerifyOptions): ReturnType<typeof verifyRestore> {
  const folder = resolve(options.report);
  const report = await readReport(folder);
  if (report === null) throw new RekindleError('InvalidConfiguration', `There is no report in ${folder}.`);
  const archive = await Archive.open(await storageAt(options.from, options));
  const properties = { ...options.property, 'bootstrap.servers': options.to };
  const cluster = await KafkaCluster.connect(properties, { logger: createLogger() });
  try {
    return await verifyRestore({ archive, cluster, report, targets: options.topics ?? null });
  } finally {
    await cluster.close();
  }
}
