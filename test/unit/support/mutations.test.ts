// What the mutations replace stands in the source: one that changes nothing would be found to be right.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutations } from '../../chaos/mutations.ts';

for (const [name, { file, right }] of Object.entries(mutations)) {
  test(`${name}: once in ${file}`, async () => {
    const source = await readFile(join(import.meta.dirname, '../../..', file), 'utf8');
    assert.equal(source.split(right).length - 1, 1, right);
  });
}
