// A step is tried again for as long as the world is in the way, and only then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patiently } from '../../../src/cli/patiently.ts';
import { OutcomeUnknown } from '../../../src/engine/failure.ts';
import { RekindleError } from '../../../src/model/reasons.ts';

/** Throws these, one after the other, then succeeds. */
function failing(...errors: Error[]): { step: () => Promise<string>; tries: () => number } {
  let tries = 0;
  const step = (): Promise<string> => {
    const error = errors[tries++];
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
  return { step, tries: () => tries };
}

const { signal } = new AbortController();

for (const error of [
  new OutcomeUnknown('orders/0 has no leader'),
  new RekindleError('StorageUnreachable', 'The bucket is away.'),
]) {
  test(`${error.name} passes`, async () => {
    const { step, tries } = failing(error);
    assert.equal(await patiently(signal, step), 'done');
    assert.equal(tries(), 2);
  });
}

for (const error of [
  new RekindleError('LedgerHole', 'Records are missing.'),
  new RekindleError('Fenced', 'Another one writes.'),
  new TypeError('ours'),
]) {
  test(`${error.name} does not`, async () => {
    const { step, tries } = failing(error);
    await assert.rejects(patiently(signal, step), error);
    assert.equal(tries(), 1);
  });
}

test('Once it is interrupted, that is what it says, unless something else has failed', async () => {
  const interrupted = AbortSignal.abort();
  const waiting = failing(new RekindleError('KafkaUnreachable', 'Nobody is there.'));
  await assert.rejects(patiently(interrupted, waiting.step), interrupted.reason as Error);
  const failed = new RekindleError('LedgerHole', 'Records are missing.');
  await assert.rejects(patiently(interrupted, failing(failed).step), failed);
});
