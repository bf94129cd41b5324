import assert from 'node:assert/strict';
import { totals, type Report } from '../../src/model/report.ts';
import { readReport } from '../../src/report/reading.ts';
import { eventually, type Patience } from './eventually.ts';
import type { RestoreArguments } from './rekindle.ts';

export async function reportOf({ report }: Pick<RestoreArguments, 'report'>): Promise<Report> {
  return (await readReport(report)) ?? assert.fail('there is no report yet');
}

/**
 * Waits for a report to say what is wanted, for a minute unless told. It is written every second, so the answer is up to that
 * late.
 * @param what is wanted, for the error
 * @throws Error when the restore is done without it, or time is up
 */
export const untilReport = (
  folder: string,
  what: string,
  wanted: (report: Report) => boolean,
  patience: Patience = {},
): Promise<Report> =>
  eventually(
    `the report says: ${what}`,
    async () => {
      const report = await readReport(folder).catch(() => null);
      if (report === null || wanted(report)) return report;
      assert.notEqual(report.state, 'Done', `it was done without: ${what}`);
      return null;
    },
    { ms: 60_000, ...patience },
  );

/** Whether this share of the records is noted as acknowledged. */
export function hasNoted(report: Report, share: number): boolean {
  const { records, acknowledged } = totals(report);
  return records > 0 && acknowledged >= records * share;
}

/** Waits until this share of the records is noted as acknowledged, for a minute. */
export const untilNoted = ({ report }: Pick<RestoreArguments, 'report'>, share: number): Promise<Report> =>
  untilReport(report, `${share} of the records are acknowledged`, (now) => hasNoted(now, share));
