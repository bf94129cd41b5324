import { z } from 'zod';
import { conditions, objectMeta, quantity, rules } from './common.ts';
import type { CustomResource } from './custom-resource.ts';
import { apiVersion } from './names.ts';
import { parser } from './parse.ts';
import type { UnservedFields } from './unserved.ts';

const strings = z.record(z.string(), z.string());

const storageUnserved: UnservedFields = {
  spec: {
    gcsBucket: { schema: z.looseObject({}), instead: 'use spec.s3 or spec.volume' },
    azureContainer: { schema: z.looseObject({}), instead: 'use spec.s3 or spec.volume' },
  },
};
const variants = ['volume', 's3', ...Object.keys(storageUnserved['spec'] ?? {})];

/** A rule that this field stays as it is, or stays away. */
const unchanged = (field: string): string =>
  `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`;

/** What the volume claim is made from, once: nothing of it would have effect later. */
export const volumeStorage = z
  .strictObject({
    capacity: quantity.describe('Size of the volume claim that is made for this Storage.'),
    storageClass: z.string().min(1).max(253).optional().describe("Storage class; the cluster's default when absent."),
    labels: strings.optional().describe('Labels of the volume claim.'),
    annotations: strings.optional().describe('Annotations of the volume claim.'),
    description: z.string().max(4096).optional().describe('For people; without effect.'),
  })
  .meta(
    rules([
      {
        rule: unchanged('storageClass'),
        message: 'spec.volume.storageClass cannot be changed; make another Storage.',
      },
      {
        rule: 'string(self.capacity) == string(oldSelf.capacity)',
        message: 'spec.volume.capacity cannot be changed; resize the volume claim itself.',
      },
      {
        rule: unchanged('labels'),
        message: 'spec.volume.labels cannot be changed; label the volume claim itself.',
      },
      {
        rule: unchanged('annotations'),
        message: 'spec.volume.annotations cannot be changed; annotate the volume claim itself.',
      },
    ]),
  );

export const s3Storage = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{1,61}[a-z0-9])$/)
    .describe('Name of the bucket.'),
  prefix: z.string().max(1024).default('').describe('Folder in the bucket; the root when empty.'),
  region: z.string().min(1).max(64).default('us-east-1').describe('Region of the bucket.'),
  endpoint: z.string().min(1).max(2048).optional().describe('URL of an S3-compatible server; AWS when absent.'),
  forcePathStyle: z.boolean().default(false).describe('Put the bucket into the path rather than the host name.'),
  description: z.string().max(4096).optional().describe('For people; without effect.'),
});

export const storageSpec = z
  .strictObject({
    volume: volumeStorage.optional().describe('A volume claim of its own.'),
    s3: s3Storage.optional().describe('A bucket of S3 or of a compatible server.'),
  })
  .meta(
    rules([
      {
        rule: `[${variants.map((name) => `has(self.${name})`).join(', ')}].filter(given, given).size() == 1`,
        message: 'spec: exactly one of volume and s3 must be given.',
      },
    ]),
  );

export const storageStatus = z.object({
  message: z.string().optional().describe('Ready, or what is wrong.'),
  location: z
    .string()
    .optional()
    .describe('Where the archive is: s3://bucket/prefix, or the name of the volume claim.'),
  conditions: conditions.default([]),
});

const storageSchema = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Storage'),
  metadata: objectMeta,
  spec: storageSpec,
  status: storageStatus.default({ conditions: [] }),
});
/** A Storage as the API server holds it, checked, with every default filled in. */
export type Storage = z.infer<typeof storageSchema>;

/** The Storage, with defaults. Throws `InvalidConfiguration` naming the fields. */
export const parseStorage = parser(
  'Storage',
  storageSchema.refine(({ spec }) => (spec.volume === undefined) !== (spec.s3 === undefined), {
    path: ['spec'],
    message: 'exactly one of volume and s3 must be given',
  }),
  storageUnserved,
);

export const storageResource: CustomResource = {
  kind: 'Storage',
  plural: 'storages',
  shortNames: ['sto'],
  description: 'A Storage is a place that holds archives.',
  schema: storageSchema,
  unserved: storageUnserved,
  hasStatus: true,
  printerColumns: [
    { name: 'Status', type: 'string', jsonPath: '.status.message' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Location', type: 'string', jsonPath: '.status.location' },
  ],
};
