import type { z } from 'zod';

/** A field that exists elsewhere but has no effect here yet: in the schema, and refused by its name. */
export interface UnservedField {
  /** Shape of the field, so that a manifest written for it is refused for its name and not for its type. */
  readonly schema: z.ZodType;
  /** What to do instead, as a clause. Default: `leave it out`. */
  readonly instead?: string;
}

/**
 * Unserved fields by the path of the object that would hold them (`spec.config.topics[]`), then by their own name. Both the
 * rules of the API server and the parser's refusals are made of it.
 */
export type UnservedFields = Readonly<Record<string, Readonly<Record<string, UnservedField>>>>;

/** The sentence that refuses a field. */
export function unservedSentence(path: string, field: UnservedField): string {
  return `${path} is not served yet and would have no effect: ${field.instead ?? 'leave it out'}`;
}
