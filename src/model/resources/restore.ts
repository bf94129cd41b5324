import { z } from 'zod';
import { deliveryKind, proofKind } from '../order.ts';
import { objectMeta, objectName, resourceRequirements, rules } from './common.ts';
import type { ValidationRule } from './common.ts';
import type { CustomResource } from './custom-resource.ts';
import { apiVersion, maxRestoreNameLength } from './names.ts';
import { parser } from './parse.ts';
import { restoreStatus } from './restore-status.ts';
import { restoreUnserved } from './restore-unserved.ts';

/** A name that Kafka takes for a topic. */
const topicName = z
  .string()
  .regex(/^[a-zA-Z0-9._-]+$/)
  .min(1)
  .max(249);

const credentialsFrom = z.strictObject({
  credentialsRef: z.strictObject({
    name: objectName.describe('Name of the Credentials.'),
    namespace: z
      .string()
      .max(63)
      .optional()
      .describe("Namespace of the Credentials. Only the Restore's own is allowed, which is the default."),
  }),
});

export const topicMapping = z.strictObject({
  source: topicName.describe('Name of the topic in the archive.'),
  target: topicName.describe('Name of the topic in Kafka. One target takes one source.'),
});

/**
 * Each is a claim that is written by itself, and all of them are told to the pod at once: Temporal takes no more than 2 MB, of
 * which a topic with many configs of its own takes up to 1 kB.
 */
const maxMappings = 1_000;

export const restoreConfig = z.strictObject({
  topics: z
    .array(topicMapping)
    .max(maxMappings, `at most ${maxMappings} mappings are served; use several Restores for more`)
    .default([])
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['target'] })
    .describe(
      `What is restored to where. Without a mapping the Restore is a draft. Once started, mappings can be added only; the next attempt restores them. A Restore has ${maxMappings} mappings at most; use several Restores for more.`,
    ),
  createTopics: z
    .boolean()
    .default(true)
    .describe(
      'Create target topics that do not exist, with the partition count, replicas (as far as the cluster has brokers for them) and configuration of the archive. A change applies to the next attempt.',
    ),
  existingData: z
    .enum(['Refuse', 'Append'])
    .default('Refuse')
    .describe(
      'What to do with a target topic that holds records of others: refuse it, or restore behind them. Fixed once started.',
    ),
  guardTarget: z
    .boolean()
    .default(false)
    .describe(
      'Change the configuration of existing target topics, too, so that Kafka keeps restored records as they are; it is put back at the end. Fixed once started.',
    ),
  delivery: deliveryKind
    .default('Transactional')
    .describe(
      'How each record comes to be there once. Transactional: in transactions of Kafka, which shut out whatever is left of an earlier attempt. Idempotent: only for clusters that allow no transactional ids (refused where they are allowed); what an earlier attempt or a lost connection still has on its way can double records then; that is not prevented, but found by the proof before Done, and by rekindle verify after it. Fixed once started.',
    ),
  proof: proofKind
    .default('Ledger')
    .describe(
      'How Done is proved. Ledger: every acknowledgement is compared with the archive, and what stands between the records is read. ReadBack: besides, every record is read again and its bytes are checked, which takes as long again at most. A change applies to the next attempt.',
    ),
  maxBytesPerSecond: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Upper bound of bytes per second sent to Kafka. Unlimited when absent. A change applies to the next attempt.',
    ),
  maxRecordsPerSecond: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Upper bound of records per second sent to Kafka. Unlimited when absent. A change applies to the next attempt.',
    ),
});

export const restoreSpec = z.strictObject({
  source: objectName.describe('Name of the Storage that holds the archive.'),
  sink: objectName.describe('Name of the EventHub to restore into.'),
  enabled: z
    .boolean()
    .default(false)
    .describe('Start, or go on. Set back to false, a running Restore pauses at a checkpoint.'),
  description: z.string().max(4096).optional().describe('For people; without effect.'),
  config: restoreConfig.prefault({}),
  resources: resourceRequirements
    .optional()
    .describe('Requests and limits of the restore container. A change applies to the next attempt.'),
  sourceCredentialsFrom: credentialsFrom.optional().describe('Credentials for the Storage, if that is a bucket.'),
});

/** Holds for a Restore that has not claimed its targets, and for one that is being created. */
const notStarted = '!has(oldSelf.status) || !has(oldSelf.status.startTime)';

const restoreRules: ValidationRule[] = [
  {
    rule: `self.metadata.name.size() <= ${maxRestoreNameLength}`,
    message: `metadata.name may have at most ${maxRestoreNameLength} characters, so that the names of its Job and report fit.`,
  },
  ...['source', 'sink', 'config.existingData', 'config.guardTarget', 'config.delivery'].map((field) => ({
    rule: `${notStarted} || self.spec.${field} == oldSelf.spec.${field}`,
    message: `spec.${field} cannot be changed once the Restore has started; create another Restore.`,
  })),
  {
    // On lists keyed by target, `+` overwrites by key: equal means that every old mapping is in the new list, as it was.
    rule: `${notStarted} || self.spec.config.topics + oldSelf.spec.config.topics == self.spec.config.topics`,
    message:
      'spec.config.topics: a mapping cannot be changed or removed once the Restore has started; mappings can be added.',
  },
];

const restoreSchema = z
  .object({
    apiVersion: z.literal(apiVersion),
    kind: z.literal('Restore'),
    metadata: objectMeta,
    spec: restoreSpec,
    status: restoreStatus.default({ conditions: [] }),
  })
  .meta(rules(restoreRules));

/** A Restore as the API server holds it, checked, with every default filled in. */
export type Restore = z.infer<typeof restoreSchema>;

/**
 * The Restore, with defaults. Throws `InvalidConfiguration` naming the fields: besides the schema it refuses Credentials of
 * another namespace and two mappings to one target.
 */
export const parseRestore = parser('Restore', restoreSchema.superRefine(refuseAmbiguity), restoreUnserved);

function refuseAmbiguity(restore: Restore, context: z.RefinementCtx): void {
  const namespace = restore.spec.sourceCredentialsFrom?.credentialsRef.namespace;
  if (namespace !== undefined && namespace !== restore.metadata.namespace) {
    const path = ['spec', 'sourceCredentialsFrom', 'credentialsRef', 'namespace'];
    context.addIssue({ code: 'custom', path, message: `only Credentials of the Restore's own namespace are used` });
  }
  const targets = new Set<string>();
  for (const [index, { target }] of restore.spec.config.topics.entries()) {
    const path = ['spec', 'config', 'topics', index, 'target'];
    if (targets.has(target))
      context.addIssue({ code: 'custom', path, message: `${target} is the target of two mappings` });
    targets.add(target);
  }
}

export const restoreResource: CustomResource = {
  kind: 'Restore',
  plural: 'restores',
  shortNames: ['rst'],
  description: 'A Restore copies topics from an archive in a Storage into the Kafka cluster of an EventHub, once.',
  schema: restoreSchema,
  unserved: restoreUnserved,
  hasStatus: true,
  printerColumns: [
    { name: 'Status', type: 'string', jsonPath: '.status.message' },
    { name: 'Progress', type: 'number', jsonPath: '.status.progress.percent' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Job', type: 'string', jsonPath: '.status.job.name', priority: 1 },
    { name: 'Attempt', type: 'integer', jsonPath: '.status.attempt', priority: 1 },
  ],
};
