import { isAbsolute } from 'node:path';
import { storageLocation, type StorageLocation } from '../model/order.ts';
import { RekindleError } from '../model/reasons.ts';

/** What a location's text does not say. */
export interface S3Options {
  /** URL of an S3-compatible server; AWS when absent. */
  readonly endpoint?: string | undefined;
  /** Default `us-east-1`. */
  readonly region?: string | undefined;
  /** Bucket in the path instead of in the host name. Default false. */
  readonly pathStyle?: boolean | undefined;
}

/**
 * Reads `file:/path` or `s3://bucket/prefix`.
 * @throws RekindleError `InvalidConfiguration`
 */
export function parseLocation(text: string, s3: S3Options = {}): StorageLocation {
  const [, path] = /^file:(?:\/\/)?(\/.*)$/.exec(text) ?? [];
  if (path !== undefined && isAbsolute(path)) return { kind: 'file', path };
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(text) ?? [];
  if (bucket === undefined) {
    throw new RekindleError(
      'InvalidConfiguration',
      `${text} is not a location of an archive. Write file:/absolute/path or s3://bucket/prefix.`,
    );
  }
  const { endpoint, region, pathStyle: forcePathStyle } = s3;
  return storageLocation.parse({ kind: 's3', bucket, prefix, endpoint, region, forcePathStyle });
}
