import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { totals, type Report } from '../../src/model/report.ts';
import { readReport } from '../../src/report/reading.ts';
import type { RestoreArguments } from './rekindle.ts';

export async function reportOf({ report }: Pick<RestoreArguments, 'report'>): Promise<Report> {
  return (await readReport(report)) ?? assert.fail('there is no report yet');
}

/** Waits until this share of the records is noted as acknowledged, for a minute. */
export async function untilNoted({ report: folder }: Pick<RestoreArguments, 'report'>, share: number): Promise<Report> {
  for (let i = 0; i < 600; i++) {
    const report = await readReport(folder).catch(() => null);
    const sum = report && totals(report);
    if (report && sum && sum.records > 0 && sum.acknowledged >= sum.records * share) return report;
    await sleep(100);
  }
  return assert.fail(`${share} of the records were never noted`);
}
