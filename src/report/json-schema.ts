import { z } from 'zod';
import { report } from '../model/report.ts';

/** The report's JSON Schema (draft 2020-12), as published in `docs/report.schema.json`. */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(report, { target: 'draft-2020-12' }),
    title: 'Rekindle restore report, version 1',
  };
}
