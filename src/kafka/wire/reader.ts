/** Reads a response from front to back. Byte fields are views into it. */
export class ResponseReader {
  /** How long the broker asks the client to send nothing, in ms (KIP-219); set by {@link throttleTime}. */
  throttleMs = 0;
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  /** A 64-bit number, exact below 2^53. */
  int64(): number {
    return Number(this.#buffer.readBigInt64BE(this.#advance(8)));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#bytes(length).toString();
  }

  /** String of a flexible version. */
  compactString(): string {
    return this.compactNullableString() ?? '';
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1;
    return length < 0 ? null : this.#bytes(length).toString();
  }

  /** The 16 bytes of an id as a UUID string. */
  uuid(): string {
    const hex = this.#bytes(16).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** Bytes with a 32-bit length, as a view; null bytes are empty. */
  bytes(): Buffer {
    return this.#bytes(Math.max(0, this.int32()));
  }

  /** Array with its 32-bit length in front; a null array is empty. */
  array<T>(read: () => T): T[] {
    return this.#items(this.int32(), read);
  }

  /** Array of a flexible version. */
  compactArray<T>(read: () => T): T[] {
    return this.#items(this.unsignedVarint() - 1, read);
  }

  /** Skips the tagged fields that end each structure of a flexible version. */
  tags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.#bytes(this.unsignedVarint());
    }
  }

  throttleTime(): void {
    this.throttleMs = this.int32();
  }

  #items<T>(length: number, read: () => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read());
    return items;
  }

  #bytes(length: number): Buffer {
    const from = this.#advance(length);
    return this.#buffer.subarray(from, from + length);
  }

  #advance(bytes: number): number {
    const from = this.#at;
    if (from + bytes > this.#buffer.length) throw new RangeError('The response ends within a field.');
    this.#at += bytes;
    return from;
  }
}
