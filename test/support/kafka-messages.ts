const SIZE_BYTES = 4;

/**
 * Cuts what one side of a Kafka connection sends into messages: `size int32`, then that many bytes. Only messages that
 * are wanted are kept until they are whole; the bytes of others pass by.
 */
export class KafkaMessages {
  readonly #prefixBytes: number;
  readonly #wanted: (prefix: Buffer) => boolean;
  readonly #onMessage: (message: Buffer) => void;
  #kept: Buffer[] = [];
  /** Bytes left of what is being read. */
  #missing: number;
  #reading: 'prefix' | 'wanted' | 'other' = 'prefix';
  #prefix = Buffer.alloc(0);

  /**
   * @param prefixBytes of each message, its size aside, that are needed to tell whether it is wanted
   * @param onMessage gets the whole message without its size
   */
  constructor(prefixBytes: number, wanted: (prefix: Buffer) => boolean, onMessage: (message: Buffer) => void) {
    this.#prefixBytes = prefixBytes;
    this.#missing = SIZE_BYTES + prefixBytes;
    this.#wanted = wanted;
    this.#onMessage = onMessage;
  }

  feed(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#missing);
      rest = rest.subarray(taken.length);
      this.#missing -= taken.length;
      if (this.#reading !== 'other') this.#kept.push(taken);
      // A message may be no longer than its prefix.
      while (this.#missing === 0) this.#next();
    }
  }

  #next(): void {
    const bytes = Buffer.concat(this.#kept);
    this.#kept = [];
    if (this.#reading === 'prefix') {
      this.#prefix = bytes.subarray(SIZE_BYTES);
      this.#missing = bytes.readInt32BE(0) - this.#prefixBytes;
      this.#reading = this.#wanted(this.#prefix) ? 'wanted' : 'other';
      return;
    }
    if (this.#reading === 'wanted') this.#onMessage(Buffer.concat([this.#prefix, bytes]));
    this.#missing = SIZE_BYTES + this.#prefixBytes;
    this.#reading = 'prefix';
  }
}
