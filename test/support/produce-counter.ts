/** What went through in Produce requests; whole requests only. */
export interface Produced {
  requests: number;
  batches: number;
  records: number;
  /** Bytes of the record batches themselves, without what a request has around them. */
  bytes: number;
}

const SIZE_BYTES = 4;
const API_KEY_BYTES = 2;
const PRODUCE = 0;
/** Versions of Produce whose lengths are fixed-size numbers; 9 and later are written differently. */
const OLDEST = 3;
const NEWEST = 8;
/** Where a record batch (magic 2) says how many records it has. */
const RECORD_COUNT_AT = 57;

/**
 * Reads what a client sends on one connection and adds up its Produce requests. A request is `size int32`, then that
 * many bytes: `api key int16, version int16, correlation id int32, client id string`, then its own fields. Only Produce
 * requests are kept until they are whole; the bytes of others pass by.
 */
export class ProduceCounter {
  readonly #total: Produced;
  #kept: Buffer[] = [];
  /** Bytes left of what is being read: the prefix with the api key, a Produce request, or another one. */
  #missing = SIZE_BYTES + API_KEY_BYTES;
  #reading: 'prefix' | 'produce' | 'other' = 'prefix';

  /** @param total where to add; several connections may share one */
  constructor(total: Produced) {
    this.#total = total;
  }

  /** @throws Error for a Produce request of a version that is not read here: its records would not be counted */
  feed(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#missing);
      rest = rest.subarray(taken.length);
      this.#missing -= taken.length;
      if (this.#reading !== 'other') this.#kept.push(taken);
      if (this.#missing === 0) this.#next();
    }
  }

  #next(): void {
    const bytes = Buffer.concat(this.#kept);
    this.#kept = [];
    if (this.#reading === 'prefix') {
      this.#missing = bytes.readInt32BE(0) - API_KEY_BYTES;
      this.#reading = bytes.readInt16BE(SIZE_BYTES) === PRODUCE ? 'produce' : 'other';
      return;
    }
    if (this.#reading === 'produce') this.#count(bytes);
    this.#missing = SIZE_BYTES + API_KEY_BYTES;
    this.#reading = 'prefix';
  }

  /** @param request from the version on */
  #count(request: Buffer): void {
    const version = request.readInt16BE(0);
    if (version < OLDEST || version > NEWEST) {
      throw new Error(
        `A client sent Produce version ${version}; the proxy counts versions ${OLDEST} to ${NEWEST} only.`,
      );
    }
    let at = 2 + 4;
    const int32 = (): number => request.readInt32BE((at += 4) - 4);
    const skipString = (): void => {
      at += 2 + Math.max(0, request.readInt16BE(at));
    };
    skipString(); // client id
    skipString(); // transactional id
    at += 2 + 4; // acks, timeout
    for (let topics = int32(); topics > 0; topics -= 1) {
      skipString();
      for (let partitions = int32(); partitions > 0; partitions -= 1) {
        at += 4; // partition
        const size = int32();
        this.#total.batches += 1;
        this.#total.bytes += size;
        this.#total.records += request.readInt32BE(at + RECORD_COUNT_AT);
        at += size;
      }
    }
    this.#total.requests += 1;
  }
}
