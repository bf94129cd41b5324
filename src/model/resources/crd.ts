import { z } from 'zod';
import type { CustomResource } from './custom-resource.ts';
import { group, version } from './names.ts';
import { unservedSentence } from './unserved.ts';
import type { UnservedFields } from './unserved.ts';

const validationRule = z.object({ rule: z.string(), message: z.string() });

/** The part of JSON Schema that a CustomResourceDefinition takes ("structural"), as far as it is worked on here. */
const structuralSchema = z.looseObject({
  get properties() {
    return z.record(z.string(), structuralSchema).optional();
  },
  get additionalProperties() {
    return structuralSchema.optional();
  },
  get items() {
    return structuralSchema.optional();
  },
  description: z.string().optional(),
  type: z.string().optional(),
  default: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  'x-kubernetes-validations': z.array(validationRule).optional(),
});
export type StructuralSchema = z.infer<typeof structuralSchema>;

/** The CustomResourceDefinition of a kind, as plain data. */
export function customResourceDefinition(resource: CustomResource): object {
  const { kind, plural, shortNames, printerColumns, hasStatus } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories: ['all'] },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(hasStatus ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: openApiSchema(resource) },
        },
      ],
    },
  };
}

/** The schema of a kind as the API server knows it, the unserved fields and the rules against them included. */
export function openApiSchema({ description, schema, unserved }: CustomResource): StructuralSchema {
  const root = structural(schema);
  const { spec, status } = root.properties ?? {};
  if (spec === undefined) throw new TypeError('A resource without a spec.');
  for (const [path, fields] of Object.entries(unserved)) refuse(at(root, path), path, fields);
  // A status is written field by field by its owners; defaults in it would have none.
  if (status !== undefined) dropDefaults(status);
  return inOrder({
    ...root,
    description,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      ...(status === undefined ? {} : { status }),
    },
    required: ['spec'],
  });
}

const first = ['description', 'type', 'format', 'default'];
const last = ['required', 'x-kubernetes-validations', 'properties', 'additionalProperties', 'items'];

/** The same, keywords in the order in which a person reads: what it is, then what is in it. */
function inOrder(schema: StructuralSchema): StructuralSchema {
  const middle = Object.keys(schema).filter((key) => !first.includes(key) && !last.includes(key));
  const { properties, additionalProperties, items } = schema;
  const ordered: StructuralSchema = {
    ...schema,
    ...(additionalProperties === undefined ? {} : { additionalProperties: inOrder(additionalProperties) }),
    ...(items === undefined ? {} : { items: inOrder(items) }),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, inOrder(child)])) }),
  };
  const keys = [...first, ...middle, ...last].filter((key) => ordered[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, ordered[key]]));
}

/** Adds the fields and a rule against each. */
function refuse(schema: StructuralSchema, path: string, fields: UnservedFields[string]): void {
  schema.properties ??= {};
  for (const [name, field] of Object.entries(fields)) {
    schema.properties[name] = { ...structural(field.schema), description: 'Not served yet: refused.' };
    const rules = (schema['x-kubernetes-validations'] ??= []);
    rules.push({ rule: `!has(self.${name})`, message: unservedSentence(`${path}.${name}`, field) });
  }
}

/** The schema of `spec.config.topics[]` below the root's. */
function at(root: StructuralSchema, path: string): StructuralSchema {
  const steps = path.split('.').flatMap((name) => (name.endsWith('[]') ? [name.slice(0, -2), '[]'] : [name]));
  return steps.reduce<StructuralSchema>((schema, step) => {
    const next = step === '[]' ? schema.items : schema.properties?.[step];
    if (next === undefined) throw new TypeError(`There is no ${step} in ${path}.`);
    return next;
  }, root);
}

function structural(schema: z.ZodType): StructuralSchema {
  const json: StructuralSchema = structuralSchema.parse(
    z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0', override: toStructural }),
  );
  delete json['$schema'];
  return json;
}

/** What zod says otherwise than a structural schema must. */
function toStructural({ jsonSchema: json }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  // Types may not be a choice; the keyword of Kubernetes stands for this one.
  if (json['x-kubernetes-int-or-string'] === true) delete json.anyOf;
  // Closed objects: the API server drops what is not in the schema, and refuses it under strict field validation.
  if (json.additionalProperties === false) delete json.additionalProperties;
  if (isEmpty(json.additionalProperties)) {
    delete json.additionalProperties;
    json['x-kubernetes-preserve-unknown-fields'] = true;
  }
  if (json.type === 'integer') {
    json.format = 'int64';
    if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function dropDefaults(schema: StructuralSchema): void {
  delete schema.default;
  const inner = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  for (const child of inner) if (child !== undefined) dropDefaults(child);
}
