import { format } from 'prettier';
import { openApiSchema } from '../src/model/resources/crd.ts';
import type { StructuralSchema } from '../src/model/resources/crd.ts';
import { credentialsResource } from '../src/model/resources/credentials.ts';
import type { CustomResource } from '../src/model/resources/custom-resource.ts';
import { eventHubResource } from '../src/model/resources/event-hub.ts';
import { apiVersion } from '../src/model/resources/names.ts';
import { restoreResource } from '../src/model/resources/restore.ts';
import { storageResource } from '../src/model/resources/storage.ts';

const introduction = `# Resources

Generated from \`src/model/resources\` by \`npm run docs\`; edit there.

The kinds of \`${apiVersion}\`, installed with \`kubectl apply -f deploy/crds\`. A field without a default and without
"required" may be left out.

No field is accepted and ignored. Fields that exist elsewhere but have no effect here yet are refused by their name. A field
that nobody knows is refused by kubectl's strict validation, which is its default; a client that turns validation off
(\`--validate=false\`, \`fieldValidation=Ignore\`) makes the API server drop such a field without a word.
`;

/** The reference of all kinds as Markdown: what the API server knows, read by a person. */
export async function resourceReference(): Promise<string> {
  const resources = [restoreResource, storageResource, eventHubResource, credentialsResource];
  const text = [introduction, ...resources.map(chapter)].join('\n');
  return format(text, { parser: 'markdown', printWidth: 120 });
}

function chapter(resource: CustomResource): string {
  const { kind, description, shortNames, unserved } = resource;
  const schema = openApiSchema(resource);
  const { spec, status } = schema.properties ?? {};
  const refused = Object.entries(unserved).flatMap(([path, fields]) =>
    Object.keys(fields).map((name) => `\`${path}.${name}\``),
  );
  const unservedRules = new Set(
    Object.values(unserved).flatMap((fields) => Object.keys(fields).map((name) => `!has(self.${name})`)),
  );
  const rules = rulesOf(schema).filter(({ rule }) => !unservedRules.has(rule));
  return [
    `## ${kind}\n\n${description} Short name: \`${shortNames.join('`, `')}\`.\n`,
    table(fieldsOf('spec', spec).filter(({ path }) => !isRefused(path, resource))),
    rules.length === 0
      ? ''
      : `Rules, in the words of the refusal:\n\n${rules.map(({ message }) => `- ${message}`).join('\n')}\n`,
    refused.length === 0 ? '' : `Not served yet, refused by name: ${refused.join(', ')}.\n`,
    status === undefined ? '' : `### Status (${kind})\n\n${table(fieldsOf('status', status))}`,
  ].join('\n');
}

interface Field {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
}

/** Every field below the schema, parents before children. */
function fieldsOf(path: string, schema: StructuralSchema = {}): Field[] {
  const inner = schema.items ?? schema;
  return Object.entries(inner.properties ?? {}).flatMap(([name, child]) => {
    const childPath = `${path}${schema.items === undefined ? '' : '[]'}.${name}`;
    const required = inner.required?.includes(name) === true;
    return [{ path: childPath, schema: child, required }, ...fieldsOf(childPath, child)];
  });
}

function isRefused(path: string, { unserved }: CustomResource): boolean {
  return Object.entries(unserved).some(([parent, fields]) =>
    Object.keys(fields).some((name) => {
      const refused = `${parent}.${name}`;
      return path === refused || path.startsWith(`${refused}.`) || path.startsWith(`${refused}[]`);
    }),
  );
}

function table(fields: readonly Field[]): string {
  const rows = fields.map(({ path, schema, required }) => {
    const fallback =
      schema.default === undefined ? (required ? 'required' : '') : `\`${JSON.stringify(schema.default)}\``;
    return `| \`${path}\` | ${typeOf(schema)} | ${fallback} | ${schema.description ?? ''} |`;
  });
  return ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function typeOf(schema: StructuralSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'quantity';
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') return `list of ${schema.items?.type ?? 'anything'}s`;
  if (schema.additionalProperties !== undefined) return 'map';
  if (schema['format'] === 'date-time') return 'time';
  return schema.type ?? '';
}

function rulesOf(schema: StructuralSchema): { rule: string; message: string }[] {
  const children = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])];
  return [...(schema['x-kubernetes-validations'] ?? []), ...children.flatMap(rulesOf)];
}
