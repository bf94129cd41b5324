import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { onObject } from './s3-errors.ts';
import type { ObjectWriter } from './storage.ts';

/** S3 takes parts from 5 MiB on and at most 10,000 of them, so this is enough for 78 GiB. */
const PART_BYTES = 8 * 1024 * 1024;

/** An object in one piece if it is small, else a multipart upload: invisible before it is completed. */
export class S3Writer implements ObjectWriter {
  private readonly client: S3Client;
  private readonly object: { Bucket: string; Key: string };
  private readonly where: string;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private upload: { id: string; parts: CompletedPart[] } | null = null;

  constructor(client: S3Client, object: { Bucket: string; Key: string }, where: string) {
    this.client = client;
    this.object = object;
    this.where = where;
  }

  async write(buffer: Buffer): Promise<void> {
    this.waiting.push(buffer);
    this.waitingBytes += buffer.length;
    if (this.waitingBytes >= PART_BYTES) await onObject(this.where, () => this.sendPart());
  }

  async commit(): Promise<void> {
    await onObject(this.where, async () => {
      if (this.upload === null) {
        await this.client.send(new PutObjectCommand({ ...this.object, Body: this.takeWaiting() }));
        return;
      }
      if (this.waitingBytes > 0) await this.sendPart();
      const { id, parts } = this.upload;
      const complete = { ...this.object, UploadId: id, MultipartUpload: { Parts: parts } };
      await this.client.send(new CompleteMultipartUploadCommand(complete));
    });
  }

  async abort(): Promise<void> {
    this.takeWaiting();
    if (this.upload === null) return;
    const { id } = this.upload;
    await onObject(this.where, () =>
      this.client.send(new AbortMultipartUploadCommand({ ...this.object, UploadId: id })),
    );
  }

  private async sendPart(): Promise<void> {
    this.upload ??= { id: await this.begin(), parts: [] };
    const { id, parts } = this.upload;
    const PartNumber = parts.length + 1;
    const part = new UploadPartCommand({ ...this.object, UploadId: id, PartNumber, Body: this.takeWaiting() });
    const { ETag } = await this.client.send(part);
    if (ETag === undefined) throw new Error(`${this.where}: the server gives no ETag for part ${PartNumber}.`);
    parts.push({ ETag, PartNumber });
  }

  private async begin(): Promise<string> {
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand(this.object));
    if (UploadId === undefined) throw new Error(`${this.where}: the server gives no upload id.`);
    return UploadId;
  }

  private takeWaiting(): Buffer {
    const taken = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    return taken;
  }
}
