import { z } from 'zod';

/** What the operator tells a pod by its environment; see activities/job-manifest.ts. */
const environment = z.object({
  /** File with the order, JSON. */
  REKINDLE_ORDER: z.string(),
  /** Folder of the report. */
  REKINDLE_REPORT_FOLDER: z.string(),
  REKINDLE_POD_NAME: z.string(),
  REKINDLE_POD_UID: z.string(),
  REKINDLE_JOB_UID: z.string(),
  /** Reference of the image that the Job names. */
  REKINDLE_IMAGE: z.string().optional(),
  /** `host:port` of Temporal's frontend. */
  TEMPORAL_ADDRESS: z.string(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  /** File that the kubelet reads when the container has ended: its content is shown as the reason. */
  REKINDLE_TERMINATION_LOG: z.string().default('/dev/termination-log'),
  /** For tests: `<step>[#<n>]`, see src/engine/steps.ts. */
  REKINDLE_STOP_AT: z.string().optional(),
});
export type PodEnvironment = z.infer<typeof environment>;

/** Throws an error that names every variable that is missing. */
export function readEnvironment(variables: NodeJS.ProcessEnv): PodEnvironment {
  return environment.parse(variables);
}
