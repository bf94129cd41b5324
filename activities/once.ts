/** A call that is made once, however often and however concurrently it is asked for; one that failed is made again. */
export function once<T>(call: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= call().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
