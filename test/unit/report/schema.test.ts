// Each published JSON Schema is the one that the code goes by.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { auditJsonSchema, reportJsonSchema } from '../../../src/report/json-schema.ts';

for (const [file, schema] of [
  ['report.schema.json', reportJsonSchema()],
  ['audit.schema.json', auditJsonSchema()],
] as const) {
  test(`docs/${file} is up to date (npm run docs)`, async () => {
    const published = await readFile(join(import.meta.dirname, '../../../docs', file), 'utf8');
    assert.deepEqual(JSON.parse(published), schema);
  });
}
