import type { z } from 'zod';
import { RekindleError } from '../reasons.ts';
import { unservedSentence } from './unserved.ts';
import type { UnservedFields } from './unserved.ts';

/**
 * A parser of one kind: checks the object as the API server (or a file) holds it and fills in the defaults.
 * It throws `InvalidConfiguration` with one sentence that names every wrong field.
 */
export function parser<S extends z.ZodType>(
  kind: string,
  schema: S,
  unserved: UnservedFields = {},
): (object: unknown) => z.output<S> {
  return (object) => {
    const result = schema.safeParse(object, { error: missing });
    if (result.success) return result.data;
    const complaints = result.error.issues.flatMap((issue) => complaintsOf(issue, unserved));
    throw new RekindleError('InvalidConfiguration', `${kind}: ${complaints.join('; ')}.`);
  };
}

function complaintsOf(issue: z.core.$ZodIssue, unserved: UnservedFields): string[] {
  const at = pathOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`];
  const fields = unserved[at.replaceAll(/\[\d+\]/g, '[]')];
  return issue.keys.map((key) => {
    const path = `${at}.${key}`;
    const field = fields?.[key];
    return field === undefined ? `${path} is not a field of this resource` : unservedSentence(path, field);
  });
}

/** `spec.config.topics[1].target`, as kubectl writes it. */
function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '');
}

function missing(issue: { readonly input?: unknown }): string | undefined {
  return issue.input === undefined ? 'is missing' : undefined;
}
