import { open, readFile, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isMissing, onFile } from './file-errors.ts';
import { makeFolder } from './file-folders.ts';
import { createVersion, readVersion, replaceVersion } from './file-versions.ts';
import { FileWriter } from './file-writer.ts';
import { NotFound, type ByteRange, type ObjectWriter, type Storage, type VersionedObject } from './storage.ts';

/** A folder, for example a mounted volume. It needs a file system with hard links and atomic rename. */
export class FileStorage implements Storage {
  private readonly root: string;

  /** @param root absolute path; made by the first write */
  constructor(root: string) {
    this.root = root;
  }

  async read(key: string, range?: ByteRange): Promise<Buffer> {
    return onFile(this.describe(key), async () => {
      range?.signal?.throwIfAborted();
      if (range === undefined) return readFile(this.path(key));
      await using file = await open(this.path(key));
      const size = range.end - range.start;
      const buffer = range.into?.subarray(0, size) ?? Buffer.allocUnsafeSlow(size);
      let filled = 0;
      while (filled < buffer.length) {
        range.signal?.throwIfAborted();
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, range.start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    });
  }

  async readVersioned(key: string): Promise<VersionedObject> {
    const found = await onFile(this.describe(key), () => readVersion(this.path(key)));
    if (found === null) throw new NotFound(this.describe(key));
    return found;
  }

  async putIfMatch(key: string, body: Buffer, etag: string): Promise<string> {
    return onFile(this.describe(key), async () => {
      await makeFolder(dirname(this.path(key)));
      return replaceVersion(this.path(key), body, etag);
    });
  }

  async create(key: string, body: Buffer): Promise<void> {
    await onFile(this.describe(key), async () => {
      await makeFolder(dirname(this.path(key)));
      await createVersion(this.path(key), body);
    });
  }

  async writer(key: string): Promise<ObjectWriter> {
    return onFile(this.describe(key), async () => {
      await makeFolder(dirname(this.path(key)));
      return FileWriter.open(this.path(key), this.describe(key));
    });
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number }> {
    const folder = this.path(prefix);
    const entries = await onFile(this.describe(prefix), async () => {
      return readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      });
    });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const size = await onFile(path, () => sizeOf(path));
      if (size !== null) yield { key: relative(this.root, path).split(sep).join('/'), size };
    }
  }

  async delete(key: string): Promise<void> {
    await onFile(this.describe(key), async () => {
      await unlink(this.path(key)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    });
  }

  describe(key = ''): string {
    return `file:${join(this.root, key)}`;
  }

  private path(key: string): string {
    return join(this.root, key);
  }
}

/** Null when the file is not there any more: a writer has renamed it, or somebody has deleted it. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
