/** Pieces from this size on are sent as they are instead of being copied into the request's head. */
const GATHER_FROM_BYTES = 1024;

/** Writes a request as a list of pieces, so that record batches are sent from where they lie. */
export class RequestWriter {
  #pieces: Buffer[] = [];
  #head = Buffer.allocUnsafe(256);
  #used = 0;

  int8(value: number): this {
    this.#used = this.#room(1).writeInt8(value, this.#used);
    return this;
  }

  int16(value: number): this {
    this.#used = this.#room(2).writeInt16BE(value, this.#used);
    return this;
  }

  int32(value: number): this {
    this.#used = this.#room(4).writeInt32BE(value, this.#used);
    return this;
  }

  /** A 64-bit number, exact below 2^53. */
  int64(value: number): this {
    this.#used = this.#room(8).writeBigInt64BE(BigInt(value), this.#used);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  unsignedVarint(value: number): this {
    const buffer = this.#room(5);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#used = buffer.writeUInt8((rest & 0x7f) | 0x80, this.#used);
    this.#used = buffer.writeUInt8(rest, this.#used);
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.from(value);
    return this.int16(bytes.length).raw(bytes);
  }

  /** String of a flexible version. */
  compactString(value: string): this {
    const bytes = Buffer.from(value);
    return this.unsignedVarint(bytes.length + 1).raw(bytes);
  }

  /** Array with its 32-bit length in front. */
  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length);
    items.forEach(write);
    return this;
  }

  /** Array of a flexible version. */
  compactArray<T>(items: readonly T[], write: (item: T) => void): this {
    this.unsignedVarint(items.length + 1);
    items.forEach(write);
    return this;
  }

  /** No tagged fields: ends each structure of a flexible version. */
  noTags(): this {
    return this.unsignedVarint(0);
  }

  /** Bytes without a length. Large ones are referenced, not copied: they must not change until they are sent. */
  raw(bytes: Buffer): this {
    if (bytes.length >= GATHER_FROM_BYTES) {
      this.#seal();
      this.#pieces.push(bytes);
    } else {
      const head = this.#room(bytes.length); // may begin a new piece, which moves #used
      this.#used += bytes.copy(head, this.#used);
    }
    return this;
  }

  /** All that was written, in order. The writer is empty afterwards. */
  take(): Buffer[] {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #room(bytes: number): Buffer {
    if (this.#used + bytes > this.#head.length) {
      this.#seal();
      if (bytes > this.#head.length) this.#head = Buffer.allocUnsafe(bytes);
    }
    return this.#head;
  }

  #seal(): void {
    if (this.#used > 0) this.#pieces.push(this.#head.subarray(0, this.#used));
    this.#head = Buffer.allocUnsafe(256);
    this.#used = 0;
  }
}
