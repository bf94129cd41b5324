// What we use of kafkajs' internals is there in the version that is installed, and it asks of the request queue, which we
// replace, only what ours can do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import Connection from 'kafkajs/src/network/connection.js';

import { RequestsInFlight } from '../../../src/kafka/requests-in-flight.ts';

const require = createRequire(import.meta.url);
const source = readFileSync(require.resolve('kafkajs/src/network/connection.js'), 'utf8');

test('The installed kafkajs is the version whose internals we know', () => {
  const { version } = JSON.parse(readFileSync(require.resolve('kafkajs/package.json'), 'utf8')) as { version: string };
  assert.equal(version, '2.2.4');
});

test('The connection has the methods that we call', () => {
  const methods = [
    'connect',
    'disconnect',
    'isAuthenticated',
    'authenticate',
    'setVersions',
    'setSupportAuthenticationProtocol',
    'nextCorrelationId',
    'processData',
  ] as const;
  for (const method of methods) assert.equal(typeof Connection.prototype[method], 'function', method);
});

test('What arrives goes through the method that we replace', () => {
  assert.match(source, /const onData = data => \{\s+this\.processData\(data\)/);
});

test('The connection takes the options that we give, and its queue can be replaced', () => {
  const options = [
    'host',
    'port',
    'logger',
    'socketFactory',
    'requestTimeout',
    'connectionTimeout',
    'clientId',
    'ssl',
    'sasl',
  ];
  const parameters = /constructor\(\{([^}]*)\}/.exec(source)?.[1] ?? '';
  const names = parameters.split(',').map((parameter) => parameter.split('=')[0]?.trim());
  assert.deepEqual(
    options.filter((option) => !names.includes(option)),
    [],
  );
  assert.match(source, /this\.requestQueue = new RequestQueue\(/);
});

test('The connection asks nothing of its queue that ours does not have', () => {
  const asked = new Set([...source.matchAll(/this\.requestQueue\.(\w+)\(/g)].map(([, method]) => method ?? ''));
  assert.deepEqual([...asked].sort(), [
    'destroy',
    'fulfillRequest',
    'maybeThrottle',
    'push',
    'rejectAll',
    'scheduleRequestTimeoutCheck',
    'waitForPendingRequests',
  ]);
  for (const method of asked) assert.ok(method in RequestsInFlight.prototype, method);
});
