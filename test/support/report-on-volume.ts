import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { kubectl } from '../../deploy/dev/kube/kubectl.ts';
import { audit, type Audit } from '../../src/model/audit.ts';
import type { Report } from '../../src/model/report.ts';
import type { Restore } from '../../src/model/resources/restore.ts';
import { readReport } from '../../src/report/reading.ts';
import { k, reportClaimOf } from './restores.ts';

const volume = z.object({ spec: z.object({ local: z.object({ path: z.string() }) }) });

/** The folder of a Restore's report on this machine: the stack's volumes are local folders. */
export async function reportFolderOf(restore: Restore): Promise<string> {
  const name = await k('get', 'pvc', reportClaimOf(restore), '-o', 'jsonpath={.spec.volumeName}');
  const { spec } = volume.parse(JSON.parse(await kubectl(['get', 'pv', name, '-o', 'json'])));
  return join(spec.local.path, restore.metadata.name);
}

/** What is kept of a Restore that has ended. */
export async function readAuditOf(restore: Restore): Promise<Audit> {
  const { epoch } = await readReportOf(restore);
  const text = await readFile(join(await reportFolderOf(restore), `audit.${epoch}.json`), 'utf8');
  return audit.parse(JSON.parse(text));
}

/** The newest report on the volume, as `cat` would show it. */
export async function readReportOf(restore: Restore): Promise<Report> {
  const report = await readReport(await reportFolderOf(restore));
  assert.ok(report, 'there is no report');
  return report;
}
