/** What an answer has besides its batches. Bytes. */
const BESIDES = 1024;

/** Memory for the answers of a reader that looks at one while the next one is on its way. */
export class FetchBuffers {
  readonly #buffers: readonly Buffer[];
  #turn = 0;

  /** @param maxBytes of one Fetch; a larger answer, of one larger batch, gets memory of its own */
  constructor(maxBytes: number) {
    this.#buffers = [0, 1].map(() => Buffer.allocUnsafeSlow(maxBytes + BESIDES));
  }

  /** The one that is not being looked at. */
  next(): { into?: Buffer } {
    const into = this.#buffers[this.#turn++ % this.#buffers.length];
    return into === undefined ? {} : { into };
  }
}
