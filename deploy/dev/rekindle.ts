import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { withEnvironment } from './environment.ts';
import { checkout } from './folders.ts';
import { kubectl } from './kube/kubectl.ts';
import { readStack } from './state.ts';

/**
 * Installs Rekindle into the stack's cluster as a person would: the CRDs, the operator from its plain manifests with the
 * addresses of this stack filled in, and what each served namespace needs. Here alone pods may be told to stop at a step.
 * The image must have been built.
 */
export async function installRekindle(namespaces: readonly string[]): Promise<void> {
  const { temporal } = readStack('temporal', 'kubernetes');
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', join(checkout, 'deploy/crds')]);
  for (const namespace of namespaces) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await kubectl(['apply', '-f', '-'], stringify(object));
    await kubectl(['apply', '-n', namespace, '-f', join(checkout, 'deploy/manifests/served-namespace.yaml')]);
  }
  await kubectl(['apply', '-f', join(checkout, 'deploy/manifests/namespace.yaml')]);
  const manifest = await readFile(join(checkout, 'deploy/manifests/operator.yaml'), 'utf8');
  const environment = {
    REKINDLE_NAMESPACES: namespaces.join(','),
    TEMPORAL_ADDRESS: temporal.address.pods,
    REKINDLE_OBEY_STOP_AT: 'true',
  };
  await kubectl(['apply', '-f', '-'], withEnvironment(manifest, environment));
  await restartOperator();
}

/** New operator pods, of the image as it is now; returns when they are ready. */
async function restartOperator(): Promise<void> {
  const operator = ['-n', 'rekindle-system', 'deployment/rekindle-operator'];
  await kubectl(['rollout', 'restart', ...operator]);
  await kubectl(['rollout', 'status', '--timeout', '120s', ...operator]);
}
