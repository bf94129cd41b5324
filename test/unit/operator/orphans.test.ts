// A workflow whose Restore is gone is ended, whatever becomes of the others; one whose Restore cannot be seen is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient } from '../../../src/kube/client.ts';
import { KubeError, KubeUnreachable } from '../../../src/kube/errors.ts';
import { endOrphans } from '../../../src/operator/orphans.ts';
import type { Workflows } from '../../../src/operator/temporal.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const logger = createLogger();
logger.level = 'silent';

/** @param answers by namespace: what the API server says to the question for the Restore there */
async function endedOf(answers: Record<string, () => Promise<object | null>>): Promise<string[]> {
  const ended: string[] = [];
  const kube = { get: (_kind: unknown, { namespace }: { namespace: string }) => answers[namespace]?.() };
  const temporal: Pick<Workflows, 'openRestores' | 'terminate'> = {
    openRestores: () => Promise.resolve(Object.keys(answers).map((namespace) => ({ namespace, name: 'r', uid: 'u' }))),
    terminate: ({ namespace }) => Promise.resolve(void ended.push(namespace)),
  };
  await endOrphans(kube as unknown as KubeClient, temporal as Workflows, logger);
  return ended;
}

const gone = (): Promise<null> => Promise.resolve(null);

test('a namespace that may not be read is left out, and the others are not', async () => {
  const forbidden = (): Promise<never> => Promise.reject(new KubeError(403, 'Forbidden', 'not yours'));
  assert.deepEqual(await endedOf({ first: forbidden, second: gone, third: () => Promise.resolve({}) }), ['second']);
});

test('while the API server is away, nothing is ended', async () => {
  const away = (): Promise<never> => Promise.reject(new KubeUnreachable('away'));
  await assert.rejects(endedOf({ first: away, second: gone }), KubeUnreachable);
});
