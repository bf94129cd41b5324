/** An answer's length, without itself, and the correlation id of its request; int32 each. */
const LENGTH_AT = 0;
const CORRELATION_ID_AT = 4;
const HEAD_BYTES = 8;
const CORRELATION_ID_BYTES = 4;

/** No answer of a broker is this large: whatever says so speaks another protocol. */
const LARGEST = 1024 * 1024 * 1024;

export interface FramerOptions {
  /** Where the answer to this request shall be put, if it fits. */
  readonly bufferFor: (correlationId: number) => Buffer | undefined;
  /** A whole answer, without its length and correlation id. */
  readonly onAnswer: (answer: { correlationId: number; payload: Buffer; size: number }) => void;
}

/**
 * Puts answers together out of the pieces in which they arrive. Each byte is copied once, to where the answer is wanted, so
 * the pieces may be used again at once.
 */
export class ResponseFramer {
  readonly #options: FramerOptions;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #payload: Buffer | null = null;
  #payloadBytes = 0;

  constructor(options: FramerOptions) {
    this.#options = options;
  }

  /** @throws Error when what arrives is no answer of a broker */
  accept(piece: Buffer): void {
    for (let at = 0; at < piece.length;) {
      if (this.#payload === null) {
        at += this.#takeHead(piece, at);
        if (this.#headBytes < HEAD_BYTES) return;
        this.#payload = this.#place();
        this.#payloadBytes = 0;
      }
      const taken = piece.copy(this.#payload, this.#payloadBytes, at);
      at += taken;
      this.#payloadBytes += taken;
      if (this.#payloadBytes === this.#payload.length) this.#finish(this.#payload);
    }
  }

  #takeHead(piece: Buffer, at: number): number {
    const taken = piece.copy(this.#head, this.#headBytes, at, at + HEAD_BYTES - this.#headBytes);
    this.#headBytes += taken;
    return taken;
  }

  #place(): Buffer {
    const size = this.#head.readInt32BE(LENGTH_AT);
    const bytes = size - CORRELATION_ID_BYTES;
    if (bytes < 0 || size > LARGEST) throw new Error(`an answer of ${size} bytes is none of Kafka's protocol`);
    const wanted = this.#options.bufferFor(this.#head.readInt32BE(CORRELATION_ID_AT));
    return wanted !== undefined && wanted.length >= bytes ? wanted.subarray(0, bytes) : Buffer.allocUnsafe(bytes);
  }

  #finish(payload: Buffer): void {
    const size = this.#head.readInt32BE(LENGTH_AT);
    const correlationId = this.#head.readInt32BE(CORRELATION_ID_AT);
    this.#payload = null;
    this.#headBytes = 0;
    this.#options.onAnswer({ correlationId, payload, size });
  }
}
