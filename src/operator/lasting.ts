/**
 * How long something has been so of each Restore, as far as this process has seen it without a break. It needs no clock but
 * its own, and begins anew with it.
 */
export class Lasting {
  readonly #since = new Map<string, { readonly what: string; readonly at: number }>();

  /**
   * Milliseconds.
   * @param what tells it from what was so before; null where it is not so
   */
  of(uid: string, what: string | null): number {
    const before = this.#since.get(uid);
    if (what === null) this.#since.delete(uid);
    else if (before?.what === what) return Date.now() - before.at;
    else this.#since.set(uid, { what, at: Date.now() });
    return 0;
  }

  forget(uid: string): void {
    this.#since.delete(uid);
  }
}
