/**
 * Buffers that are used again: each fresh one counts as memory of the process until it is collected, and reading an
 * archive of gigabytes through fresh ones keeps the collector busy for a fifth of the time.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];
  readonly #usualBytes: number;

  /** @param usualBytes size of most buffers; smaller ones are made as large, so that they fit again */
  constructor(usualBytes: number) {
    this.#usualBytes = usualBytes;
  }

  /** At least so many bytes, with anything in them. */
  take(bytes: number): Buffer {
    const fitting = this.#free.findLastIndex(({ length }) => length >= bytes);
    const [buffer] = fitting < 0 ? [] : this.#free.splice(fitting, 1);
    return buffer ?? Buffer.allocUnsafeSlow(Math.max(bytes, this.#usualBytes));
  }

  /** Nobody reads or writes the buffer any more. */
  give(buffer: Buffer): void {
    this.#free.push(buffer);
  }
}
