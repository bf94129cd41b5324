import type { z } from 'zod';
import type { UnservedFields } from './unserved.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date';
  readonly jsonPath: string;
  /** Greater than 0: shown with `-o wide` only. */
  readonly priority?: number;
}

/** All that a CustomResourceDefinition is made of. */
export interface CustomResource {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  /** What the kind is for: the first sentence of `kubectl explain`. */
  readonly description: string;
  /** The whole object; `metadata` is the API server's own. */
  readonly schema: z.ZodObject;
  readonly unserved: UnservedFields;
  readonly hasStatus: boolean;
  readonly printerColumns: readonly PrinterColumn[];
}
