// Part of `npm run build`: bundles the workflows for Temporal's sandbox.
import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode } from '@temporalio/worker';
import { bundlePath, workflowsPath } from './workflow-source.ts';

const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath() });
writeFileSync(bundlePath, code);
