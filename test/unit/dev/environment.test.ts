// The stack's operator is that of the manifests, with what the stack sets; the manifests let nobody stop pods at steps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { withEnvironment } from '../../../deploy/dev/environment.ts';
import { checkout } from '../../../deploy/dev/folders.ts';

const manifest = readFileSync(join(checkout, 'deploy/manifests/operator.yaml'), 'utf8');
const variable = z.looseObject({ name: z.string(), value: z.string().optional() });
const deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({ spec: z.object({ containers: z.tuple([z.object({ env: z.array(variable) })]) }) }),
  }),
});

/** The operator's variables, by name. */
function variablesIn(yaml: string): Record<string, z.infer<typeof variable>> {
  const [found] = parseAllDocuments(yaml).flatMap((document) => deployment.safeParse(document.toJS()).data ?? []);
  assert.ok(found, 'the operator is a Deployment');
  const { env } = found.spec.template.spec.containers[0];
  return Object.fromEntries(env.map((of) => [of.name, of]));
}

test('a variable that is there gets the value, one that is not is added, and all others stay', () => {
  const before = variablesIn(manifest);
  const values = { TEMPORAL_ADDRESS: '10.0.0.1:7233', REKINDLE_OBEY_STOP_AT: 'true' };
  assert.deepEqual(variablesIn(withEnvironment(manifest, values)), {
    ...before,
    TEMPORAL_ADDRESS: { name: 'TEMPORAL_ADDRESS', value: '10.0.0.1:7233' },
    REKINDLE_OBEY_STOP_AT: { name: 'REKINDLE_OBEY_STOP_AT', value: 'true' },
  });
});

test('a person who installs Rekindle gets no pods that can be told to stop', () => {
  assert.doesNotMatch(manifest, /STOP_AT/);
});
