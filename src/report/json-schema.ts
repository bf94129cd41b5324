import { z } from 'zod';
import { audit } from '../model/audit.ts';
import { storedReport } from './stored.ts';

/** The report's JSON Schema (draft 2020-12), as published in `docs/report.schema.json`. */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(storedReport, { target: 'draft-2020-12' }),
    title: 'Rekindle restore report, version 1',
  };
}

/** The audit's JSON Schema (draft 2020-12), as published in `docs/audit.schema.json`. */
export function auditJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(audit, { target: 'draft-2020-12' }),
    title: 'Rekindle audit of a restore, version 1',
  };
}
