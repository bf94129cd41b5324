import assert from 'node:assert/strict';
import type { Dataset } from '../e2e-data.ts';
import { assertFlawless } from '../flawless.ts';
import { apply, forget, jobOf, k, restoreObject, until, untilDone } from '../restores.ts';
import { victimOf } from './scenario.ts';

/** Less than the program needs to start. */
const TOO_LITTLE = '64Mi';
const ENOUGH = '512Mi';

/**
 * Three attempts run out of memory without a record more in place: the Restore is Failed and says what to change. A person
 * changes it and deletes the Job, as told, and the Restore comes to its end.
 */
export async function failsWithoutMemoryAndRecovers(data: Dataset): Promise<void> {
  const { name, topics } = victimOf(data);
  await apply(restoreObject({ name, source: data.archive, topics, resources: { limits: { memory: TOO_LITTLE } } }));
  const failed = await until(name, 'Failed', ({ status }) => status.phase === 'Failed');
  assert.equal(failed.status.attempt, 3);
  const why = failed.status.conditions.find(({ type }) => type === 'Progressing');
  assert.equal(why?.reason, 'OutOfMemory');
  assert.match(why.message, /Raise spec\.resources\.limits\.memory\..*delete the Job: kubectl/);

  const spec = { resources: { limits: { memory: ENOUGH } } };
  await k('patch', 'restore', name, '--type=merge', '-p', JSON.stringify({ spec }));
  await k('delete', 'job', jobOf(failed));
  assert.equal((await untilDone(name)).status.attempt, 4);
  await assertFlawless(data.bootstrap, topics);
  await forget(name);
}
