import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { readStack } from '../../deploy/dev/state.ts';
import { BUCKET } from './e2e-data.ts';

/** Files of an archive by their path in it. */
export type ArchiveFiles = ReadonlyMap<string, Buffer>;

/** Reads a (small) archive out of the tests' bucket. */
export async function readArchive(prefix: string): Promise<ArchiveFiles> {
  return withClient(async (s3) => {
    const files = new Map<string, Buffer>();
    let token: string | undefined;
    do {
      const list = await s3.send(
        new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${prefix}/`, ContinuationToken: token }),
      );
      for (const { Key: key = '' } of list.Contents ?? []) {
        const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
        assert.ok(body, key);
        files.set(key.slice(prefix.length + 1), Buffer.from(await body.transformToByteArray()));
      }
      token = list.NextContinuationToken;
    } while (token !== undefined);
    assert.ok(files.size > 0, `there is no archive ${prefix}`);
    return files;
  });
}

export async function writeArchive(prefix: string, files: ArchiveFiles): Promise<void> {
  await withClient(async (s3) => {
    for (const [path, body] of files) {
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/${path}`, Body: body }));
    }
  });
}

/** The file with one byte flipped in its middle, where no header says that something is wrong. */
export function flipped(file: Buffer): Buffer {
  const damaged = Buffer.from(file);
  const middle = damaged.length >> 1;
  damaged.writeUInt8(damaged.readUInt8(middle) ^ 1, middle);
  return damaged;
}

async function withClient<T>(work: (s3: S3Client) => Promise<T>): Promise<T> {
  const { s3 } = readStack('s3');
  const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
  const client = new S3Client({ endpoint: s3.endpoint.host, region: s3.region, credentials, forcePathStyle: true });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
