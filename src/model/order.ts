import { z } from 'zod';

/** Where an archive lives: a folder (a mounted volume) or a bucket of an S3-compatible store. */
export const storageLocation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    /** Absolute path of the archive's root folder. */
    path: z.string(),
  }),
  z.object({
    kind: z.literal('s3'),
    bucket: z.string(),
    /** Key prefix without leading or trailing slash; empty for the bucket's root. */
    prefix: z.string().default(''),
    region: z.string().default('us-east-1'),
    /** URL of an S3-compatible server; AWS when absent. Credentials come from the environment (AWS_ACCESS_KEY_ID …). */
    endpoint: z.string().optional(),
    forcePathStyle: z.boolean().default(false),
  }),
]);
export type StorageLocation = z.infer<typeof storageLocation>;

/**
 * How Done is proved: `Ledger` compares every acknowledgement with the plan and reads what lies between the records;
 * `ReadBack` besides reads every record again and checks its bytes.
 */
export const proofKind = z.enum(['Ledger', 'ReadBack']);
export type ProofKind = z.infer<typeof proofKind>;

/**
 * How each record comes to be there once. `Transactional`: in transactions, whose coordinator shuts out every process but
 * the newest. `Idempotent`: for clusters that allow no transactional ids; what two processes that write at the same time
 * do to each other is found by the proof, not prevented. See docs/exactly-once.md.
 */
export const deliveryKind = z.enum(['Transactional', 'Idempotent']);
export type DeliveryKind = z.infer<typeof deliveryKind>;

/**
 * Everything that the engine must know about one Restore, resolved: no references to other resources. Keys of the storage
 * come from the environment; what the EventHub has of passwords is in it, so the operator writes it into a Secret for the
 * pod. The CLI makes it from its arguments.
 */
export const restoreOrder = z.object({
  /** Identity of the Restore: the report belongs to this UID, the transactional id is made of it. */
  restore: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
  source: storageLocation,
  /** librdkafka property names, `bootstrap.servers` at least. */
  kafka: z.record(z.string(), z.string()),
  topics: z.array(z.object({ source: z.string(), target: z.string() })).min(1),
  /** Create target topics that do not exist, with the archive's partition count and configuration. */
  createTopics: z.boolean().default(true),
  /** Whether the target may hold others' records: then the restore begins behind them. */
  existingData: z.enum(['Refuse', 'Append']).default('Refuse'),
  /** Guard the configuration of topics that exist already, too, for the time of the restore. */
  guardTarget: z.boolean().default(false),
  delivery: deliveryKind.default('Transactional'),
  proof: proofKind.default('Ledger'),
  limits: z
    .object({
      /** Upper bound of bytes per second sent to Kafka, over all partitions. Unlimited when absent. */
      bytesPerSecond: z.number().positive().optional(),
      /** Upper bound of records per second sent to Kafka, over all partitions. Unlimited when absent. */
      recordsPerSecond: z.number().positive().optional(),
    })
    .default({}),
});
export type RestoreOrder = z.infer<typeof restoreOrder>;
