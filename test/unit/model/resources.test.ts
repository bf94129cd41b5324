// The parser fills in defaults, refuses what has no effect, and names every wrong field in its sentence.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCredentials } from '../../../src/model/resources/credentials.ts';
import { parseEventHub } from '../../../src/model/resources/event-hub.ts';
import { apiVersion } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { parseStorage } from '../../../src/model/resources/storage.ts';
import { RekindleError } from '../../../src/model/reasons.ts';

const metadata = {
  name: 'r',
  namespace: 'ns',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2024-01-01T00:00:00Z',
};
const object = (kind: string, spec: object, status?: object) => ({ apiVersion, kind, metadata, spec, status });
const restore = (spec: object) => object('Restore', { source: 'archive', sink: 'cluster', ...spec });
const eventHub = (properties: object) =>
  object('EventHub', { kafka: { properties: { 'bootstrap.servers': 'a:1', ...properties } } });
const mapping = { source: 'orders', target: 'orders' };

it('defaults are filled in', () => {
  const parsed = parseRestore(object('Restore', { source: 'archive', sink: 'cluster' }));
  assert.deepEqual(parsed.spec, {
    source: 'archive',
    sink: 'cluster',
    enabled: false,
    config: {
      ...{ topics: [], createTopics: true, existingData: 'Refuse', guardTarget: false },
      ...{ delivery: 'Transactional', proof: 'Ledger' },
    },
  });
  assert.deepEqual(parsed.status, { conditions: [] });
  assert.deepEqual(parsed.metadata.labels, {});
});

it('a status of a newer version is read as far as it is known', () => {
  const status = { phase: 'Done', progress: { records: 5, novelty: 1 }, novelty: true };
  const parsed = parseRestore({ ...restore({}), status });
  assert.equal(parsed.status.phase, 'Done');
  assert.equal(parsed.status.progress?.records, 5);
  assert.equal(parsed.status.progress.totalRecords, 0);
});

describe('refused, by the name of the field:', () => {
  const elsewhere = { credentialsRef: { name: 'key', namespace: 'other' } };
  const cases: [parse: (object: unknown) => unknown, object: unknown, sentence: string][] = [
    [parseRestore, object('Restore', { sink: 'cluster' }), 'Restore: spec.source: is missing.'],
    [parseRestore, restore({ sink: '' }), 'Restore: spec.sink: Too small: expected string to have >=1 characters.'],
    [
      parseRestore,
      restore({ config: { topics: Array.from({ length: 1_001 }, (_, at) => ({ ...mapping, target: `t-${at}` })) } }),
      'Restore: spec.config.topics: at most 1000 mappings are served; use several Restores for more.',
    ],
    [parseRestore, restore({ paralel: 1 }), 'Restore: spec.paralel is not a field of this resource.'],
    [
      parseRestore,
      restore({ extraArgs: [], config: { parallelism: 2, topics: [{ ...mapping, snapshot: { version: 1 } }] } }),
      'Restore: spec.config.topics[0].snapshot is not served yet and would have no effect: leave it out, the latest generation is restored; ' +
        'spec.config.parallelism is not served yet and would have no effect: leave it out, all partitions are restored at once; ' +
        'spec.extraArgs is not served yet and would have no effect: leave it out.',
    ],
    [
      parseRestore,
      restore({ config: { topics: [mapping, { source: 'other', target: 'orders' }] } }),
      'Restore: spec.config.topics[1].target: orders is the target of two mappings.',
    ],
    [
      parseRestore,
      restore({ sourceCredentialsFrom: elsewhere }),
      "Restore: spec.sourceCredentialsFrom.credentialsRef.namespace: only Credentials of the Restore's own namespace are used.",
    ],
    [parseStorage, object('Storage', {}), 'Storage: spec: exactly one of volume and s3 must be given.'],
    [
      parseStorage,
      object('Storage', { s3: { bucket: 'archive' }, volume: { capacity: '1Gi' } }),
      'Storage: spec: exactly one of volume and s3 must be given.',
    ],
    [
      parseStorage,
      object('Storage', { gcsBucket: {} }),
      'Storage: spec.gcsBucket is not served yet and would have no effect: use spec.s3 or spec.volume; spec: exactly one of volume and s3 must be given.',
    ],
    [
      parseEventHub,
      object('EventHub', { kafka: { properties: { 'bootstrap.servers': 'null' } } }),
      'EventHub: spec.kafka.properties: must hold bootstrap.servers or metadata.broker.list.',
    ],
    [
      parseEventHub,
      eventHub({ 'security.protocol': 'sasl_ssl', 'sasl.mechanism': 'OAUTHBEARER' }),
      'EventHub: spec.kafka.properties.sasl.mechanism: must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.',
    ],
    [
      parseEventHub,
      eventHub({ 'sasl.kerberos.keytab': '/x' }),
      'EventHub: spec.kafka.properties.sasl.kerberos.keytab: is not a property that is served here.',
    ],
    [
      parseEventHub,
      eventHub({ 'security.protocol': 'ssl', 'ssl.ca.location': '/ca.pem', 'ssl.key.location': '/key.pem' }),
      'EventHub: spec.kafka.properties.ssl.ca.location: names a file, and a restore pod has none of yours: put its text into ssl.ca.pem; ' +
        'spec.kafka.properties.ssl.key.location: names a file, and a restore pod has none of yours: put its text into ssl.key.pem.',
    ],
    [
      parseCredentials,
      object('Credentials', { mTls: {} }),
      'Credentials: spec.mTls is not served yet and would have no effect: leave it out; spec.aws: is missing.',
    ],
  ];
  for (const [parse, wrong, sentence] of cases) {
    it(sentence, () => {
      assert.throws(() => parse(wrong), new RekindleError('InvalidConfiguration', sentence));
    });
  }
});
