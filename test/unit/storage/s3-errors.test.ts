// What a store answers, in the terms of a restore: what passes by itself is waited for, and nothing else is.
import { S3ServiceException } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason } from '../../../src/model/reasons.ts';
import { onObject } from '../../../src/storage/s3-errors.ts';

const answered: [name: string, status: number, reason: Reason, words: RegExp][] = [
  ['SlowDown', 503, 'StorageUnreachable', /does not answer/],
  ['RequestTimeTooSkewed', 403, 'StorageUnreachable', /clocks .* too far apart/],
  ['RequestExpired', 403, 'StorageUnreachable', /clocks .* too far apart/],
  ['AccessDenied', 403, 'NotAuthorized', /AWS_ACCESS_KEY_ID/],
  ['NoSuchBucket', 404, 'InvalidConfiguration', /Create it first/],
  ['PermanentRedirect', 301, 'InvalidConfiguration', /region, endpoint/],
];
for (const [name, httpStatusCode, reason, message] of answered) {
  test(`${name}: ${reason}`, async () => {
    const error = new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode }, message: 'said' });
    await assert.rejects(
      onObject('s3://bucket/key', () => Promise.reject(error)),
      { reason, message },
    );
  });
}
