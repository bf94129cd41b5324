import type { ByteRange, ObjectWriter, Storage, VersionedObject } from '../../../src/storage/storage.ts';

/** The process is dead: whatever it would still have done does not happen. */
export class Died extends Error {}

/** A storage whose process dies right after its n-th write step; nothing reaches the storage from then on. */
export class DyingStorage implements Storage {
  /** Keys that were written, the head's aside. */
  readonly written: string[] = [];
  private readonly storage: Storage;
  private readonly unfinished = new Set<ObjectWriter>();
  private stepsLeft: number;

  constructor(storage: Storage, steps: number) {
    this.storage = storage;
    this.stepsLeft = steps;
  }

  get alive(): boolean {
    return this.stepsLeft > 0;
  }

  read(key: string, range?: ByteRange): Promise<Buffer> {
    return this.whileAlive(() => this.storage.read(key, range));
  }

  readVersioned(key: string): Promise<VersionedObject> {
    return this.whileAlive(() => this.storage.readVersioned(key));
  }

  putIfMatch(key: string, body: Buffer, etag: string): Promise<string> {
    return this.step(() => this.storage.putIfMatch(key, body, etag));
  }

  create(key: string, body: Buffer): Promise<void> {
    return this.step(() => this.storage.create(key, body));
  }

  async writer(key: string): Promise<ObjectWriter> {
    return this.step(async () => {
      const writer = await this.storage.writer(key);
      this.unfinished.add(writer);
      this.written.push(key);
      return {
        write: (buffer) => this.step(() => writer.write(buffer)),
        commit: () => this.step(() => this.finish(writer, writer.commit())),
        abort: () => this.step(() => this.finish(writer, writer.abort())),
      };
    });
  }

  /** Closes the files that a dead process would not have open any more. */
  async bury(): Promise<void> {
    for (const writer of this.unfinished) await writer.abort().catch(() => undefined);
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number }> {
    for await (const object of this.storage.list(prefix)) {
      yield await this.whileAlive(() => Promise.resolve(object));
    }
  }

  delete(key: string): Promise<void> {
    return this.step(() => this.storage.delete(key));
  }

  describe(key?: string): string {
    return this.storage.describe(key);
  }

  private async finish(writer: ObjectWriter, ending: Promise<void>): Promise<void> {
    await ending;
    this.unfinished.delete(writer);
  }

  private async step<T>(write: () => Promise<T>): Promise<T> {
    const result = await this.whileAlive(write);
    this.stepsLeft -= 1;
    return this.whileAlive(() => Promise.resolve(result));
  }

  private async whileAlive<T>(operation: () => Promise<T>): Promise<T> {
    if (!this.alive) throw new Died();
    return operation();
  }
}
