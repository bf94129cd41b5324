// The committed manifests and their reference are what the schemas say, and they are structural as the API server demands.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { it } from 'node:test';
import { parse } from 'yaml';
import { manifests } from '../../../deploy/crds/manifests.ts';
import { resourceReference } from '../../../docs/resource-reference.ts';

const folder = new URL('../../../deploy/crds/', import.meta.url);
const generated = manifests();

it('the folder holds the generated files and no others', async () => {
  const committed = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  assert.deepEqual(committed.sort(), [...generated.keys()].sort());
});

for (const [name, text] of generated) {
  it(`${name} is what is generated (else: npm run crds)`, async () => {
    assert.equal(await readFile(new URL(name, folder), 'utf8'), text);
  });

  it(`${name} has no choice of types and no closed objects`, () => {
    if (name.startsWith('restore-credentials')) return;
    for (const keyword of keywords(parse(text))) {
      assert.ok(!['anyOf', 'oneOf', 'allOf', 'not', '$ref', 'const'].includes(keyword), keyword);
    }
  });
}

it('the reference is what is generated (else: npm run docs)', async () => {
  const committed = await readFile(new URL('../../../docs/resources.md', import.meta.url), 'utf8');
  assert.equal(committed, await resourceReference());
});

/** Every key in the document, at any depth. */
function keywords(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...Object.keys(value), ...Object.values(value).flatMap(keywords)];
}
