import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { readStack } from '../../deploy/dev/state.ts';
import type { StorageLocation } from '../../src/model/order.ts';
import { unusedName } from './kafka.ts';

export type S3Location = Extract<StorageLocation, { kind: 's3' }>;

/** A new, empty bucket on the local stack's S3 server. Its credentials are put where the storage looks for them. */
export async function newBucket(): Promise<S3Location> {
  const { s3 } = readStack('s3');
  process.env['AWS_ACCESS_KEY_ID'] = s3.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = s3.secretAccessKey;
  const bucket = unusedName('archive');
  const endpoint = s3.endpoint.host;
  const client = new S3Client({ endpoint, region: s3.region, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return { kind: 's3', bucket, prefix: 'some/prefix', region: s3.region, endpoint, forcePathStyle: true };
}
