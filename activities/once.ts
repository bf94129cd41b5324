/**
 * A call that is made once, however often and however concurrently it is asked for; one that failed is made again, with
 * what is asked then.
 */
export function once<A extends readonly unknown[], T>(call: (...asked: A) => Promise<T>): (...asked: A) => Promise<T> {
  let made: Promise<T> | null = null;
  return (...asked) => {
    made ??= call(...asked).catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
