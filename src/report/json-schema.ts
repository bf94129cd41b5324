import { z } from 'zod';
import { storedReport } from './stored.ts';

/** The report's JSON Schema (draft 2020-12), as published in `docs/report.schema.json`. */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(storedReport, { target: 'draft-2020-12' }),
    title: 'Rekindle restore report, version 1',
  };
}
