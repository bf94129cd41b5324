import { z } from 'zod';

const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .pipe(z.array(z.string()).min(1));

/** Configuration of the operator, all of it by environment; documented in deploy/manifests/operator.yaml but for the last. */
const environment = z.object({
  /** Namespaces whose Restores are served, comma-separated. */
  REKINDLE_NAMESPACES: list,
  /** Namespace of the operator: its lease and the claims are there. */
  POD_NAMESPACE: z.string(),
  POD_NAME: z.string(),
  /** `host:port` of Temporal's frontend. */
  TEMPORAL_ADDRESS: z.string(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  /** Address of Temporal for the restore pods, if theirs is another. */
  REKINDLE_POD_TEMPORAL_ADDRESS: z.string().optional(),
  /** Image of the restore pods. */
  REKINDLE_IMAGE: z.string(),
  /** ServiceAccount of the restore pods, in the namespace of their Restore. */
  REKINDLE_RESTORE_SERVICE_ACCOUNT: z.string().default('rekindle-restore'),
  /** Size of the report's volume claim. */
  REKINDLE_REPORT_SIZE: z.string().default('1Gi'),
  /** Storage class of the report's volume claim; the cluster's default when absent. */
  REKINDLE_REPORT_STORAGE_CLASS: z.string().optional(),
  REKINDLE_LOG_LEVEL: z.string().default('info'),
  /** Port of `/healthz` and `/readyz`. */
  REKINDLE_HEALTH_PORT: z.coerce.number().int().default(8080),
  /** For tests, and set by the development stack alone: pods stop at the step that their Restore names in an annotation. */
  REKINDLE_OBEY_STOP_AT: z.stringbool().default(false),
});
export type OperatorEnvironment = z.infer<typeof environment>;

/** Throws an error that names every variable that is missing or wrong. */
export function readEnvironment(variables: NodeJS.ProcessEnv): OperatorEnvironment {
  return environment.parse(variables);
}
