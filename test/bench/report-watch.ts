import { totals, type Report } from '../../src/model/report.ts';
import { untilReport } from '../support/noted.ts';

/** Longer than anything takes that is measured; and looks that are short beside it. Milliseconds. */
const patience = { ms: 300_000, everyMs: 20 };

/** Waits for a report to say what is wanted. @throws Error when the restore goes on without being measured */
export const comeTo = (folder: string, wanted: (report: Report) => boolean): Promise<Report> =>
  untilReport(folder, 'what is measured', wanted, patience);

/**
 * Waits for the first record that the process after this report has acknowledged itself: what it finds in the log, which
 * its predecessor did not come to note, does not count.
 * @returns the report that says so
 */
export async function comeToNewRecord(folder: string, before: Report): Promise<Report> {
  const epoch = (report: Report): number => report.producer?.producerEpoch ?? -1;
  const tookOver = await comeTo(folder, (report) => epoch(report) > epoch(before));
  return comeTo(folder, (report) => totals(report).acknowledged > totals(tookOver).acknowledged);
}
