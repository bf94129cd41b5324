/** Reads the zigzag varints of records from front to back. */
export class VarintReader {
  /** Position of the next byte. */
  at = 0;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get atEnd(): boolean {
    return this.at === this.#buffer.length;
  }

  byte(): number {
    const byte = this.#buffer[this.at];
    if (byte === undefined) throw new RangeError('The records end too early');
    this.at++;
    return byte;
  }

  /** Up to 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new RangeError('A number has more than 32 bits');
  }

  /** Up to 64 bits, exact below 2^52. */
  varlong(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 64; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError('A number has more than 64 bits');
  }

  /** Bytes with their length in front, as a view; null for length -1. */
  nullableBytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    if (from + length > this.#buffer.length) throw new RangeError('The records end too early');
    this.at += length;
    return this.#buffer.subarray(from, this.at);
  }
}
