import type { Command } from 'commander';
import type { StorageLocation } from '../model/order.ts';
import { parseLocation } from '../storage/location.ts';
import { openStorage } from '../storage/open.ts';
import type { Storage } from '../storage/storage.ts';

/** What the options of {@link withS3Options} parse to. */
export interface S3CommandOptions {
  s3Endpoint?: string;
  s3Region?: string;
  s3PathStyle?: boolean;
}

/** Options for what the location of an archive in S3 does not say. */
export function withS3Options(command: Command): Command {
  return command
    .option('--s3-endpoint <url>', 'S3-compatible server')
    .option('--s3-region <name>', 'region (default: us-east-1)')
    .option('--s3-path-style', 'bucket in the path instead of the host name')
    .addHelpText(
      'after',
      '\nKeys of a bucket come from where the AWS SDK looks for them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a role.',
    );
}

/** @throws RekindleError `InvalidConfiguration` */
export function locationAt(location: string, options: S3CommandOptions): StorageLocation {
  const { s3Endpoint, s3Region, s3PathStyle } = options;
  return parseLocation(location, { endpoint: s3Endpoint, region: s3Region, pathStyle: s3PathStyle });
}

/** @throws RekindleError `InvalidConfiguration` */
export async function storageAt(location: string, options: S3CommandOptions): Promise<Storage> {
  return openStorage(locationAt(location, options));
}
