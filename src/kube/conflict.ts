import { KubeConflict } from './errors.ts';

/**
 * Reads, decides and writes over what was read; whenever somebody wrote in between, all of it again on what stands there
 * now.
 */
export async function untilNobodyInterferes<T>(readAndWrite: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await readAndWrite();
    } catch (error) {
      if (!(error instanceof KubeConflict)) throw error;
    }
  }
}
