/** 64 bits that stand for all numbers that were added, in their order (as MurmurHash3 mixes them). */
export class Fingerprint {
  #high = 0x2545f491;
  #low = 0x6c62272e;

  add(n: number): this {
    let high = Math.imul(this.#high ^ n, 0xcc9e2d51);
    high = (high << 13) | (high >>> 19);
    this.#high = (Math.imul(high, 5) + 0xe6546b64) | 0;
    let low = Math.imul(this.#low ^ n, 0x1b873593);
    low = (low << 15) | (low >>> 17);
    this.#low = (Math.imul(low, 9) + 0x38b34ae5) | 0;
    return this;
  }

  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    return this;
  }

  /** Never 0. */
  get high(): number {
    return (spread(this.#high ^ this.#low) | 1) >>> 0;
  }

  get low(): number {
    return spread(this.#low) >>> 0;
  }

  /** As one number that is exact in JavaScript: 53 bits. */
  get number(): number {
    return (this.high >>> 11) * 2 ** 32 + this.low;
  }
}

function spread(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A set of fingerprints, small enough for a hundred million of them; that two states have the same is not to be expected. */
export class Fingerprints {
  #slots = new Uint32Array(2 << 16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns false if it was there already */
  add({ high, low }: Fingerprint): boolean {
    if (this.#size * 4 > this.#slots.length) this.#grow();
    if (!place(this.#slots, high, low)) return false;
    this.#size += 1;
    return true;
  }

  #grow(): void {
    const grown = new Uint32Array(this.#slots.length * 2);
    for (let i = 0; i < this.#slots.length; i += 2) {
      const high = this.#slots[i] ?? 0;
      if (high !== 0) place(grown, high, this.#slots[i + 1] ?? 0);
    }
    this.#slots = grown;
  }
}

/** Two slots for each: the first is 0 where nothing is. */
function place(slots: Uint32Array, high: number, low: number): boolean {
  const mask = slots.length - 1;
  for (let i = (low * 2) & mask; ; i = (i + 2) & mask) {
    if (slots[i] === 0) {
      slots[i] = high;
      slots[i + 1] = low;
      return true;
    }
    if (slots[i] === high && slots[i + 1] === low) return false;
  }
}
