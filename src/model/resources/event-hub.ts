import { z } from 'zod';
import { PropertyError, kafkaProperties, served } from '../kafka-properties.ts';
import { conditions, objectMeta, rules } from './common.ts';
import type { CustomResource } from './custom-resource.ts';
import { apiVersion } from './names.ts';
import { parser } from './parse.ts';
import type { UnservedFields } from './unserved.ts';

const strings = z.record(z.string(), z.string());

const eventHubUnserved: UnservedFields = {
  'spec.kafka': { labels: { schema: strings }, annotations: { schema: strings } },
};

const brokerProperties = ['bootstrap.servers', 'metadata.broker.list'] as const;
const brokersMissing = `must hold ${brokerProperties.join(' or ')}`;

export const eventHubSpec = z.strictObject({
  kafka: z
    .strictObject({
      properties: z
        .record(z.string(), z.string())
        .describe(
          'Properties of the client, by their names in librdkafka; bootstrap.servers at least. Those of the connection have effect: bootstrap.servers or metadata.broker.list, client.id, security.protocol, sasl.mechanism or sasl.mechanisms, sasl.username, sasl.password, ssl.ca.pem, ssl.certificate.pem, ssl.key.pem, ssl.key.password, ssl.endpoint.identification.algorithm, enable.ssl.certificate.verification, socket.timeout.ms, socket.connection.setup.timeout.ms. Other common ones of producers and consumers (compression.type, retries, client.rack and so on) are taken, so that a shared configuration can be pasted, but have no effect; acks other than all, enable.idempotence=false, ssl.ca.location and the like (no file of yours is in a pod) and any other name are refused, and the status says so.',
        )
        .meta(
          rules([
            {
              rule: brokerProperties
                .map((name) => `('${name}' in self && !(self['${name}'] in ['', 'null']))`)
                .join(' || '),
              message: `spec.kafka.properties ${brokersMissing}.`,
            },
          ]),
        ),
      description: z.string().max(4096).optional().describe('For people; without effect.'),
    })
    .describe('A Kafka cluster.'),
});

export const eventHubStatus = z.object({
  message: z.string().optional().describe('Ready, or what is wrong.'),
  type: z.string().optional().describe('Kafka.'),
  location: z.string().optional().describe('The bootstrap servers.'),
  conditions: conditions.default([]),
});

const eventHubSchema = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('EventHub'),
  metadata: objectMeta,
  spec: eventHubSpec,
  status: eventHubStatus.default({ conditions: [] }),
});
/** An EventHub as the API server holds it, checked, with every default filled in. */
export type EventHub = z.infer<typeof eventHubSchema>;

/** The EventHub, with defaults. Throws `InvalidConfiguration` naming the fields. */
export const parseEventHub = parser(
  'EventHub',
  eventHubSchema.superRefine(({ spec }, context) => {
    const path = ['spec', 'kafka', 'properties'];
    for (const { property, problem } of problemsOf(spec.kafka.properties)) {
      context.addIssue({ code: 'custom', path: property === null ? path : [...path, property], message: problem });
    }
  }),
  eventHubUnserved,
);

interface Problem {
  /** Null where none is to blame. */
  readonly property: string | null;
  readonly problem: string;
}

/** Why no pod could connect by these properties. Where that is said of the EventHub, no Job has to fail by it. */
function problemsOf(properties: Readonly<Record<string, string>>): Problem[] {
  if (!brokerProperties.some((name) => isSet(properties[name]))) return [{ property: null, problem: brokersMissing }];
  const files = Object.keys(properties).filter((name) => served.has(name) && name.endsWith('.location'));
  if (files.length > 0) return files.map((property) => ({ property, problem: noFiles(property) }));
  try {
    kafkaProperties(properties);
    return [];
  } catch (error) {
    if (error instanceof PropertyError) return [error];
    throw error;
  }
}

const noFiles = (property: string): string =>
  `names a file, and a restore pod has none of yours: put its text into ${property.replace(/location$/, 'pem')}`;

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'null';
}

export const eventHubResource: CustomResource = {
  kind: 'EventHub',
  plural: 'eventhubs',
  shortNames: ['eh'],
  description: 'An EventHub is a Kafka cluster to restore into.',
  schema: eventHubSchema,
  unserved: eventHubUnserved,
  hasStatus: true,
  printerColumns: [
    { name: 'Type', type: 'string', jsonPath: '.status.type' },
    { name: 'Status', type: 'string', jsonPath: '.status.message' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Location', type: 'string', jsonPath: '.status.location' },
  ],
};
