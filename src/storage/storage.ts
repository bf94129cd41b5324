/** Expected version of {@link Storage.putIfMatch} for an object that must not exist yet. */
export const ABSENT = 'absent';

/**
 * Where an archive's objects live. Keys are relative to the archive's root and use `/`.
 *
 * All methods throw RekindleError `StorageUnreachable` when the store does not answer after the retries of its client,
 * `NotAuthorized` when it refuses the credentials, and {@link NotFound} where an object is expected and is not there.
 */
export interface Storage {
  /**
   * An object's bytes from `start` up to, but without, `end`; the whole object without a range. Shorter than asked for
   * when the object ends before.
   */
  read(key: string, range?: ByteRange): Promise<Buffer>;

  /** A whole object with the version that {@link putIfMatch} compares. */
  readVersioned(key: string): Promise<VersionedObject>;

  /**
   * Writes an object at once if its present version is `etag` ({@link ABSENT}: if there is none).
   *
   * @returns the new version
   * @throws {PreconditionFailed} when it is another one; nothing is written then.
   */
  putIfMatch(key: string, body: Buffer, etag: string): Promise<string>;

  /**
   * Writes an object at once that is not there yet.
   * @throws {PreconditionFailed} when it is; nothing is written then
   */
  create(key: string, body: Buffer): Promise<void>;

  /** Begins to write an object; it is not visible before `commit`. */
  writer(key: string): Promise<ObjectWriter>;

  /** All objects below a prefix that ends with `/`, in no particular order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }>;

  /** Deletes an object; does nothing if it is not there. */
  delete(key: string): Promise<void>;

  /** The root, or an object, as a person would write it: for messages. */
  describe(key?: string): string;
}

export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly signal?: AbortSignal;
  /** A buffer of at least the range's size to read into; what is returned is its beginning. Default a new one. */
  readonly into?: Buffer;
}

export interface VersionedObject {
  readonly body: Buffer;
  /** Opaque; differs whenever the object's bytes differ. */
  readonly etag: string;
}

/** Writes one object from beginning to end with bounded memory. */
export interface ObjectWriter {
  /** Takes the buffer over: the caller must not change it afterwards. */
  write(buffer: Buffer): Promise<void>;
  /** Makes the object visible, durably and as a whole. */
  commit(): Promise<void>;
  /** Gives up: nothing becomes visible. */
  abort(): Promise<void>;
}

/** An object is not in the storage. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  readonly key: string;

  constructor(key: string, options?: ErrorOptions) {
    super(`${key} is not in the storage`, options);
    this.key = key;
  }
}

/** Somebody else has written an object in between. */
export class PreconditionFailed extends Error {
  override readonly name = 'PreconditionFailed';

  constructor(key: string, options?: ErrorOptions) {
    super(`${key} was written by somebody else in between`, options);
  }
}
