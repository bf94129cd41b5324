// A location as a person writes it is understood, or refused with how to write it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLocation } from '../../../src/storage/location.ts';

const s3 = { kind: 's3', region: 'us-east-1', forcePathStyle: false };
const cases: [text: string, location: object][] = [
  ['file:/backups/kafka', { kind: 'file', path: '/backups/kafka' }],
  ['file:///backups/kafka', { kind: 'file', path: '/backups/kafka' }],
  ['s3://bucket', { ...s3, bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { ...s3, bucket: 'bucket', prefix: '' }],
  ['s3://bucket/a/b/', { ...s3, bucket: 'bucket', prefix: 'a/b' }],
];

for (const [text, location] of cases) {
  test(text, () => {
    const { endpoint, ...parsed } = { endpoint: undefined, ...parseLocation(text) };
    assert.equal(endpoint, undefined);
    assert.deepEqual(parsed, location);
  });
}

for (const text of ['file:relative', '/backups', 's3://', 'gs://bucket', '']) {
  test(`"${text}" is refused`, () =>
    assert.throws(() => parseLocation(text), { reason: 'InvalidConfiguration', message: /Write file:/ }));
}

test('Server, region and path style are taken over', () => {
  const options = { endpoint: 'http://127.0.0.1:9000', region: 'eu', pathStyle: true };
  assert.deepEqual(parseLocation('s3://bucket/p', options), {
    kind: 's3',
    bucket: 'bucket',
    prefix: 'p',
    region: 'eu',
    endpoint: 'http://127.0.0.1:9000',
    forcePathStyle: true,
  });
});
