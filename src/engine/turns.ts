/** Does one thing after the other, however many ask at once. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** @param orElse what is answered when the signal ends the wait for the turn */
  async take<T>(work: () => Promise<T>, signal: AbortSignal, orElse: T): Promise<T> {
    const before = this.last;
    const mine: PromiseWithResolvers<void> = Promise.withResolvers();
    this.last = mine.promise;
    const isMine = await isOverBefore(before, signal);
    if (!isMine) {
      void before.then(mine.resolve);
      return orElse;
    }
    try {
      return await work();
    } finally {
      mine.resolve();
    }
  }
}

async function isOverBefore(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const aborted: PromiseWithResolvers<boolean> = Promise.withResolvers();
  const onAbort = (): void => aborted.resolve(false);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work.then(() => true), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
