import type { CustomObject } from '../kube/objects.ts';
import { RekindleError } from '../model/reasons.ts';

/** The object, or the sentence that says what is wrong with it. */
export function understood<T>(object: CustomObject, parse: (object: unknown) => T): T | string {
  try {
    return parse(object);
  } catch (error) {
    if (error instanceof RekindleError) return error.message;
    throw error;
  }
}
