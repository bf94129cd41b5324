// Writes what of the documentation is made from code: `npm run docs`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditJsonSchema, reportJsonSchema } from '../src/report/json-schema.ts';
import { resourceReference } from './resource-reference.ts';

await writeFile(join(import.meta.dirname, 'report.schema.json'), `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
await writeFile(join(import.meta.dirname, 'audit.schema.json'), `${JSON.stringify(auditJsonSchema(), null, 2)}\n`);
await writeFile(join(import.meta.dirname, 'resources.md'), await resourceReference());
