// Deleting the operator by its manifest takes nothing away that a Restore cannot do without.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

async function manifestsIn(file: string): Promise<Manifest[]> {
  const text = await readFile(new URL(`../../../deploy/manifests/${file}`, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

test('the namespace of the operator, in which the claims are, is in a file of its own', async () => {
  const [namespace, ...more] = await manifestsIn('namespace.yaml');
  assert.deepEqual([namespace?.kind, more], ['Namespace', []]);
  const operator = await manifestsIn('operator.yaml');
  assert.ok(operator.every(({ kind }) => kind !== 'Namespace'));
  const places = new Set(operator.flatMap(({ metadata }) => metadata.namespace ?? []));
  assert.deepEqual([...places], [namespace?.metadata.name]);
});
