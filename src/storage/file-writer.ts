import { randomUUID } from 'node:crypto';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onFile } from './file-errors.ts';
import { syncFolder } from './file-folders.ts';
import type { ObjectWriter } from './storage.ts';

/** Bytes that are gathered for one call of the file system: the batches of a segment are often small. */
const GATHERED_BYTES = 1024 * 1024;

/** A file under another name (`….partial`) until it is complete and on disk. */
export class FileWriter implements ObjectWriter {
  private readonly path: string;
  private readonly partial: string;
  private readonly where: string;
  private readonly file: FileHandle;
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;

  private constructor(path: string, partial: string, where: string, file: FileHandle) {
    this.path = path;
    this.partial = partial;
    this.where = where;
    this.file = file;
  }

  /** @param where the object, for messages */
  static async open(path: string, where: string): Promise<FileWriter> {
    const partial = `${path}.${randomUUID()}.partial`;
    return new FileWriter(path, partial, where, await open(partial, 'wx'));
  }

  async write(buffer: Buffer): Promise<void> {
    this.gathered.push(buffer);
    this.gatheredBytes += buffer.length;
    if (this.gatheredBytes >= GATHERED_BYTES) await onFile(this.where, () => this.flush());
  }

  async commit(): Promise<void> {
    await onFile(this.where, async () => {
      await this.flush();
      await this.file.sync();
      await this.file.close();
      await rename(this.partial, this.path);
      await syncFolder(dirname(this.path));
    });
  }

  async abort(): Promise<void> {
    await onFile(this.where, async () => {
      await this.file.close();
      await unlink(this.partial);
    });
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.gathered);
    this.gathered = [];
    this.gatheredBytes = 0;
    await this.file.appendFile(bytes);
  }
}
