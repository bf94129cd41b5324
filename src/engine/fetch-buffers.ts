/** What an answer has besides its batches. Bytes. */
const BESIDES = 1024;

/** Memory for the answers of a reader that looks at one while the next one is on its way. */
export class FetchBuffers {
  #handedOut: Buffer;
  #other: Buffer;

  /** @param maxBytes of one Fetch; a larger answer, of one larger batch, gets memory of its own */
  constructor(maxBytes: number) {
    this.#handedOut = Buffer.allocUnsafeSlow(maxBytes + BESIDES);
    this.#other = Buffer.allocUnsafeSlow(maxBytes + BESIDES);
  }

  /** The one that is not being looked at. */
  next(): Buffer {
    [this.#handedOut, this.#other] = [this.#other, this.#handedOut];
    return this.#handedOut;
  }
}
