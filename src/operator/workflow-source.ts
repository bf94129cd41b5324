import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** What `npm run build` makes of the workflows, so that a pod need not do it at its start. */
export const bundlePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

/** The workflows for a worker: the bundle where there is one (the image), the source where there is not (development). */
export function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(bundlePath)) return { workflowBundle: { codePath: bundlePath } };
  return { workflowsPath: workflowsPath() };
}

/** The module that exports all workflows, beside this one in source and build alike. */
export function workflowsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../../workflows/index.${extension}`, import.meta.url));
}
