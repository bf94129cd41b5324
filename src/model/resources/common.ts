import { z } from 'zod';

/** A moment as the API server writes it: RFC 3339. */
export const timestamp = z.string().meta({ format: 'date-time' });

/** A sign, a decimal number, and a suffix or an exponent: the serialization format of apimachinery's resource.Quantity. */
const quantityPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** A quantity of Kubernetes: `10Gi`, `500m`, or a plain number. */
export const quantity = z
  .union([z.int(), z.string().regex(quantityPattern)])
  .meta({ 'x-kubernetes-int-or-string': true, pattern: quantityPattern.source });

/** A name of another object. */
export const objectName = z.string().min(1).max(253);

export const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});
export type OwnerReference = z.infer<typeof ownerReference>;

/** What the API server keeps about a namespaced object, as far as anybody here reads it. */
export const objectMeta = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int().default(0),
  creationTimestamp: timestamp,
  deletionTimestamp: timestamp.optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  finalizers: z.array(z.string()).default([]),
  ownerReferences: z.array(ownerReference).default([]),
});

export const condition = z.object({
  type: z.string().describe('What the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().describe('One word, stable across versions.'),
  message: z.string().describe('A sentence for the person who must act.'),
  lastTransitionTime: timestamp.describe('When the status last changed.'),
  observedGeneration: z.int().default(0).describe('Generation of the object that the condition was made for.'),
});
export type Condition = z.infer<typeof condition>;

export const conditions = z
  .array(condition)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

/** A key of a Secret in the namespace of the object that names it. */
export const secretKeyRef = z.strictObject({
  name: objectName.describe('Name of the Secret.'),
  key: z.string().min(1).max(253).describe('Key inside of the Secret.'),
});
export const secretValue = z.strictObject({ secretKeyRef });
export type SecretValue = z.infer<typeof secretValue>;

/** Limits and requests of a container, as in a pod. */
export const resourceRequirements = z.strictObject({
  limits: z.record(z.string(), quantity).optional(),
  requests: z.record(z.string(), quantity).optional(),
});

/** A rule of the Common Expression Language that the API server checks; see the field `x-kubernetes-validations`. */
export interface ValidationRule {
  /** Expression over `self` (and `oldSelf`: then it is checked on updates only). */
  readonly rule: string;
  /** The sentence of the refusal; names the field. */
  readonly message: string;
}

/** Metadata that puts rules on a schema: `z.object({…}).meta(rules([…]))`. */
export function rules(list: readonly ValidationRule[]): { 'x-kubernetes-validations': readonly ValidationRule[] } {
  return { 'x-kubernetes-validations': list };
}
