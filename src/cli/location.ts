import { InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import type { StorageLocation } from '../model/order.ts';

/** Options that say how to reach an S3-compatible server. */
export interface S3Options {
  s3Endpoint?: string;
  s3Region?: string;
  s3PathStyle?: boolean;
}

/** Parses `file:/path` (or a plain path) and `s3://bucket/prefix`. */
export function parseLocation(text: string, s3: S3Options): StorageLocation {
  if (text.startsWith('s3://')) {
    const { hostname: bucket, pathname } = new URL(text);
    if (!bucket) throw new InvalidArgumentError(`${text}: expected s3://bucket/prefix`);
    return {
      kind: 's3',
      bucket,
      prefix: pathname.replace(/^\/+|\/+$/g, ''),
      region: s3.s3Region ?? 'us-east-1',
      endpoint: s3.s3Endpoint,
      forcePathStyle: s3.s3PathStyle ?? false,
    };
  }
  if (/^[a-z0-9]+:\/\//.test(text))
    throw new InvalidArgumentError(`${text}: expected file:/path or s3://bucket/prefix`);
  return { kind: 'file', path: resolve(text.replace(/^file:/, '')) };
}

/** Parses repeated `name=value` options. */
export function parseProperty(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`${text}: expected name=value`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
