import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { StorageLocation } from '../model/order.ts';
import { isNotSatisfiable, isPreconditionFailed, onObject } from './s3-errors.ts';
import { S3Writer } from './s3-writer.ts';
import {
  ABSENT,
  NotFound,
  PreconditionFailed,
  type ByteRange,
  type ObjectWriter,
  type Storage,
  type VersionedObject,
} from './storage.ts';

/** Tries of one request, the first included; the client waits longer from one to the next. */
const ATTEMPTS = 5;
/** Times that a download is begun again when it breaks off half-way, which the client does not do by itself. */
const DOWNLOADS = 3;
const CONNECTION_TIMEOUT_MS = 5_000;
/** Without a byte moving. */
const IDLE_TIMEOUT_MS = 30_000;

type Body = GetObjectCommandOutput['Body'];

/** A bucket of S3 or of a server that speaks its protocol. Credentials come from the environment, as the SDK reads them. */
export class S3Storage implements Storage {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly prefix: string;

  constructor(location: Extract<StorageLocation, { kind: 's3' }>) {
    this.bucket = location.bucket;
    this.prefix = location.prefix === '' ? '' : `${location.prefix}/`;
    this.client = new S3Client({
      region: location.region,
      forcePathStyle: location.forcePathStyle,
      ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint }),
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
    });
  }

  async read(key: string, range?: ByteRange): Promise<Buffer> {
    if (range !== undefined && range.end <= range.start) return Buffer.alloc(0);
    return onObject(this.describe(key), async () => {
      for (let download = 1; ; download++) {
        const { Body } = await this.get(key, range);
        try {
          return range?.into === undefined ? await bytesOf(Body) : await bytesInto(range.into, Body);
        } catch (error) {
          if (download === DOWNLOADS || range?.signal?.aborted) throw error;
        }
      }
    }).catch((error: unknown) => {
      if (isNotSatisfiable(error)) return Buffer.alloc(0);
      throw error;
    });
  }

  async readVersioned(key: string): Promise<VersionedObject> {
    return onObject(this.describe(key), async () => {
      const { Body, ETag } = await this.get(key);
      if (Body === undefined || ETag === undefined) throw new NotFound(this.describe(key));
      return { body: await bytesOf(Body), etag: ETag };
    });
  }

  async putIfMatch(key: string, body: Buffer, etag: string): Promise<string> {
    const condition = etag === ABSENT ? { IfNoneMatch: '*' } : { IfMatch: etag };
    const put = new PutObjectCommand({ ...this.object(key), Body: body, ...condition });
    return onObject(this.describe(key), async () => {
      try {
        const { ETag } = await this.client.send(put);
        if (ETag !== undefined) return ETag;
      } catch (error) {
        if (!isPreconditionFailed(error)) throw error;
        // The answer to a first try may have been lost, so that our own object stands in the way of the second.
        const present = await this.readVersioned(key).catch(() => null);
        if (present?.body.equals(body)) return present.etag;
        throw new PreconditionFailed(this.describe(key), { cause: error });
      }
      throw new Error(`${this.describe(key)}: the server gives no ETag.`);
    });
  }

  async create(key: string, body: Buffer): Promise<void> {
    await this.putIfMatch(key, body, ABSENT);
  }

  writer(key: string): Promise<ObjectWriter> {
    return Promise.resolve(new S3Writer(this.client, this.object(key), this.describe(key)));
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number }> {
    const from = { Bucket: this.bucket, Prefix: `${this.prefix}${prefix}` };
    const pages = paginateListObjectsV2({ client: this.client }, from)[Symbol.asyncIterator]();
    for (;;) {
      const page = await onObject(this.describe(prefix), () => pages.next());
      if (page.done === true) return;
      for (const { Key, Size } of page.value.Contents ?? []) {
        if (Key !== undefined) yield { key: Key.slice(this.prefix.length), size: Size ?? 0 };
      }
    }
  }

  async delete(key: string): Promise<void> {
    await onObject(this.describe(key), () => this.client.send(new DeleteObjectCommand(this.object(key))));
  }

  describe(key = ''): string {
    return `s3://${this.bucket}/${this.prefix}${key}`;
  }

  private get(key: string, range?: ByteRange): Promise<GetObjectCommandOutput> {
    const bytes = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
    const options = range?.signal === undefined ? {} : { abortSignal: range.signal };
    return this.client.send(new GetObjectCommand({ ...this.object(key), ...bytes }), options);
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: `${this.prefix}${key}` };
  }
}

async function bytesOf(body: Body): Promise<Buffer> {
  return Buffer.from((await body?.transformToByteArray()) ?? []);
}

/** @returns the beginning of the buffer, as far as the body filled it */
async function bytesInto(buffer: Buffer, body: Body): Promise<Buffer> {
  let filled = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    buffer.set(chunk, filled);
    filled += chunk.length;
  }
  return buffer.subarray(0, filled);
}
