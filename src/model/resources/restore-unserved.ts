import { z } from 'zod';
import { objectName, timestamp } from './common.ts';
import type { UnservedFields } from './unserved.ts';

const anyObject = z.looseObject({});
const strings = z.record(z.string(), z.string());

/** Fields of a Restore that Kannika Armory knows and that have no effect here yet. */
export const restoreUnserved: UnservedFields = {
  spec: {
    sinkCredentialsFrom: { schema: anyObject, instead: 'put user and password into the properties of the EventHub' },
    sourceAdditionalProps: { schema: strings },
    sinkAdditionalProps: { schema: strings, instead: 'put the properties into the EventHub' },
    annotations: { schema: strings },
    labels: { schema: strings },
    serviceAccountName: { schema: z.string() },
    affinity: { schema: anyObject },
    nodeSelector: { schema: strings },
    tolerations: { schema: z.array(anyObject) },
    imagePullSecrets: { schema: z.array(z.object({ name: objectName })) },
    extraArgs: { schema: z.array(z.string()) },
    extraEnvVars: { schema: z.array(anyObject) },
  },
  'spec.resources': { claims: { schema: z.array(anyObject) } },
  'spec.config': {
    mapping: { schema: z.record(z.string(), anyObject), instead: 'use spec.config.topics' },
    topicMappingStrategy: { schema: z.enum(['none', 'allAtOnce', 'advanced']), instead: 'use spec.config.topics' },
    prefix: { schema: z.string(), instead: 'write the target names into spec.config.topics' },
    suffix: { schema: z.string(), instead: 'write the target names into spec.config.topics' },
    parallelism: { schema: z.int().min(1), instead: 'leave it out, all partitions are restored at once' },
    maxProducers: { schema: z.int().min(0), instead: 'leave it out, there is one producer' },
    legacyOffsetHeader: { schema: z.string() },
    restoreFromDateTime: { schema: timestamp },
    restoreUntilDateTime: { schema: timestamp },
    filters: {
      schema: z.object({
        time: z
          .object({
            absolute: z.object({ fromDateTime: timestamp.optional(), toDateTime: timestamp.optional() }).optional(),
            retention: z.object({ policies: z.array(z.string()).optional() }).optional(),
          })
          .optional(),
      }),
    },
    schemaMappingFrom: {
      schema: z.object({
        configMapKeyRef: z.object({ name: objectName, key: z.string(), optional: z.boolean().optional() }).optional(),
      }),
    },
    plugins: { schema: z.array(anyObject) },
  },
  'spec.config.topics[]': {
    disablePreflightChecks: { schema: z.boolean() },
    partitions: {
      schema: z.array(
        z.object({
          number: z.int().min(0),
          restoreFromOffset: z.int().min(0).optional(),
          restoreUntilOffset: z.int().min(0).optional(),
        }),
      ),
      instead: 'leave it out, all partitions are restored',
    },
    snapshot: {
      schema: z.object({ version: z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true }) }),
      instead: 'leave it out, the latest generation is restored',
    },
  },
};
