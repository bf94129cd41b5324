import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/model/report.ts';

const published = join(import.meta.dirname, '../../docs/report.schema.json');
const validate = new Ajv2020({ validateFormats: false }).compile<Report>(
  JSON.parse(readFileSync(published, 'utf8')) as object,
);

/** What a report must not say, whatever the restore came to: everything that its published schema refuses. */
export function schemaFlaws(report: unknown): string[] {
  return validate(report) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
