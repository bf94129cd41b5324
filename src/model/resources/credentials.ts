import { z } from 'zod';
import { objectMeta, rules, secretValue } from './common.ts';
import type { CustomResource } from './custom-resource.ts';
import { apiVersion } from './names.ts';
import { parser } from './parse.ts';
import type { UnservedFields } from './unserved.ts';

const anyObject = z.looseObject({});

const credentialsUnserved: UnservedFields = {
  spec: {
    gcp: { schema: anyObject },
    azureContainerToken: { schema: anyObject },
    sasl: { schema: anyObject },
    mTls: { schema: anyObject },
    httpBasic: { schema: anyObject },
  },
  'spec.aws.accessKeyIdFrom.secretKeyRef': { optional: { schema: z.boolean() } },
  'spec.aws.secretAccessKeyFrom.secretKeyRef': { optional: { schema: z.boolean() } },
};
const variants = ['aws', ...Object.keys(credentialsUnserved['spec'] ?? {})];

export const credentialsSpec = z
  .strictObject({
    aws: z
      .strictObject({
        accessKeyIdFrom: secretValue.describe('Where the access key id is.'),
        secretAccessKeyFrom: secretValue.describe('Where the secret access key is.'),
      })
      .optional()
      .describe('A key of S3 or of a compatible server.'),
  })
  .meta(
    rules([
      {
        rule: `[${variants.map((name) => `has(self.${name})`).join(', ')}].filter(given, given).size() == 1`,
        message: 'spec.aws must be given.',
      },
    ]),
  );

const credentialsSchema = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Credentials'),
  metadata: objectMeta,
  spec: credentialsSpec,
});
/** Credentials as the API server holds them, checked. They name Secrets; the values are never read here. */
export type Credentials = z.infer<typeof credentialsSchema>;

/** The Credentials. Throws `InvalidConfiguration` naming the fields. */
export const parseCredentials = parser(
  'Credentials',
  credentialsSchema.refine(({ spec }) => spec.aws !== undefined, { path: ['spec', 'aws'], message: 'is missing' }),
  credentialsUnserved,
);

export const credentialsResource: CustomResource = {
  kind: 'Credentials',
  plural: 'credentials',
  shortNames: ['creds'],
  description: 'Credentials say in which Secrets the keys of a Storage are.',
  schema: credentialsSchema,
  unserved: credentialsUnserved,
  hasStatus: false,
  printerColumns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
};
