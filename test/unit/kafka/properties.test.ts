// Properties with librdkafka's names mean what they mean there, or are among those that are said to have no effect; one that
// asks for what is not done is refused by its name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { connectionSettings } from '../../../src/kafka/properties.ts';
import { served, withoutMeaning } from '../../../src/model/kafka-properties.ts';
import { eventHubSpec } from '../../../src/model/resources/event-hub.ts';
import { certificate } from './scripted-broker.ts';

const brokers = { 'bootstrap.servers': 'a:1' };
const sasl = { 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.username': 'me', 'sasl.password': 'secret' };

test('Brokers: a list, with the default port, IPv6 in brackets, a protocol in front as in listeners', () => {
  const settings = connectionSettings({ 'bootstrap.servers': 'one:9093, two,[::1]:9094,PLAINTEXT://three:1' });
  assert.deepEqual(settings.brokers, [
    { host: 'one', port: 9093 },
    { host: 'two', port: 9092 },
    { host: '::1', port: 9094 },
    { host: 'three', port: 1 },
  ]);
  assert.deepEqual(connectionSettings({ 'metadata.broker.list': 'a:1' }).brokers, [{ host: 'a', port: 1 }]);
});

test('Without more, neither TLS nor SASL, and librdkafka’s times', () => {
  const settings = connectionSettings(brokers);
  assert.deepEqual([settings.ssl, settings.sasl], [null, null]);
  assert.deepEqual(
    [settings.requestTimeoutMs, settings.connectTimeoutMs, settings.clientId],
    [60_000, 30_000, 'rekindle'],
  );
});

test('SASL with and without TLS', () => {
  const plain = connectionSettings({ ...brokers, ...sasl, 'security.protocol': 'SASL_PLAINTEXT' });
  assert.deepEqual(plain.sasl, { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'secret' });
  assert.equal(plain.ssl, null);
  const encrypted = connectionSettings({ ...brokers, ...sasl, 'security.protocol': 'sasl_ssl' });
  assert.deepEqual(encrypted.ssl, { rejectUnauthorized: true });
});

test('Certificates come as text or as files', () => {
  const file = fileURLToPath(new URL('tls/certificate.pem', import.meta.url));
  const { ssl } = connectionSettings({
    ...brokers,
    'security.protocol': 'ssl',
    'ssl.ca.location': file,
    'ssl.certificate.pem': 'CERTIFICATE',
    'ssl.key.pem': 'KEY',
    'ssl.key.password': 'secret',
    'enable.ssl.certificate.verification': 'false',
  });
  assert.deepEqual(ssl, {
    ca: certificate,
    cert: 'CERTIFICATE',
    key: 'KEY',
    passphrase: 'secret',
    rejectUnauthorized: false,
  });
});

test('A broker may be named differently than its certificate when that is asked for', () => {
  const properties = { ...brokers, 'security.protocol': 'ssl', 'ssl.endpoint.identification.algorithm': 'none' };
  assert.equal(typeof connectionSettings(properties).ssl?.checkServerIdentity, 'function');
});

test('Client tuning is accepted and has no meaning', () => {
  const tuning = Object.fromEntries([...withoutMeaning].map((name) => [name, '1']));
  assert.deepEqual(connectionSettings({ ...brokers, ...tuning }), connectionSettings(brokers));
});

test('What a restore does anyway may be asked for', () => {
  for (const acks of ['all', '-1']) {
    const asked = { acks, 'request.required.acks': acks, 'enable.idempotence': 'true' };
    assert.deepEqual(connectionSettings({ ...brokers, ...asked }), connectionSettings(brokers));
  }
});

test('The EventHub names every property that has effect in a pod, where there are no files', () => {
  const told = eventHubSpec.shape.kafka.shape.properties.description ?? '';
  const effect = told.slice(0, told.indexOf('no effect'));
  for (const name of served) assert.equal(effect.includes(name), !name.endsWith('.location'), name);
});

const refused: [name: string, properties: Record<string, string>][] = [
  ['bootstrap.servers', {}],
  ['bootstrap.servers', { 'bootstrap.servers': 'a:port' }],
  ['bootstrap.servers', { 'bootstrap.servers': '' }],
  ['sasl.kerberos.keytab', { ...brokers, 'sasl.kerberos.keytab': '/x' }],
  ['acks', { ...brokers, acks: '1' }],
  ['request.required.acks', { ...brokers, 'request.required.acks': '0' }],
  ['enable.idempotence', { ...brokers, 'enable.idempotence': 'false' }],
  ['transactional.id', { ...brokers, 'transactional.id': 'mine' }],
  ['security.protocol', { ...brokers, 'security.protocol': 'tls' }],
  ['sasl.mechanism', { ...brokers, ...sasl, 'security.protocol': 'sasl_ssl', 'sasl.mechanism': 'GSSAPI' }],
  ['sasl.password', { ...brokers, 'security.protocol': 'sasl_ssl', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'me' }],
  ['sasl.mechanism', { ...brokers, ...sasl }],
  ['ssl.ca.location', { ...brokers, 'ssl.ca.location': '/ca.pem' }],
  ['enable.ssl.certificate.verification', { ...brokers, 'enable.ssl.certificate.verification': 'false' }],
  ['ssl.ca.location', { ...brokers, 'security.protocol': 'ssl', 'ssl.ca.location': '/no/such/file' }],
  ['socket.timeout.ms', { ...brokers, 'socket.timeout.ms': '1s' }],
];

for (const [name, properties] of refused) {
  test(`Refused with the name ${name}: ${JSON.stringify(properties)}`, () => {
    assert.throws(() => connectionSettings(properties), {
      reason: 'InvalidConfiguration',
      message: new RegExp(`The Kafka property ${name.replaceAll('.', '\\.')} `),
    });
  });
}

test('A refusal shows no secret', () => {
  assert.throws(
    () => connectionSettings({ ...brokers, ...sasl }),
    (error: Error) => !error.message.includes('secret'),
  );
});
