// Names of children fit the 63 characters of labels and host names for every Restore that is accepted.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import fc from 'fast-check';
import { jobName, maxRestoreNameLength, randomId, reportPvcName } from '../../../src/model/resources/names.ts';

it('names of children are short enough', () => {
  const name = 'r'.repeat(maxRestoreNameLength);
  const id = randomId(randomBytes(5));
  assert.ok(reportPvcName(name, id).length <= 63);
  assert.ok(jobName(name, id).length <= 63);
  assert.equal(reportPvcName('orders', 'abc12'), 'orders-report-abc12');
  assert.equal(jobName('orders', 'abc12'), 'orders-abc12');
});

it('a random id has five characters of [a-z0-9] whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 8 }), (bytes) => /^[a-z0-9]{5}$/.test(randomId(bytes))),
  );
  assert.throws(() => randomId(new Uint8Array(4)), RangeError);
});
