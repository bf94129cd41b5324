// The published JSON Schema is the one that the code goes by.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportJsonSchema } from '../../../src/report/json-schema.ts';

test('docs/report.schema.json is up to date (npm run docs)', async () => {
  const published = await readFile(join(import.meta.dirname, '../../../docs/report.schema.json'), 'utf8');
  assert.deepEqual(JSON.parse(published), reportJsonSchema());
});
