import { setTimeout as sleep } from 'node:timers/promises';
import { totals, type Report } from '../../src/model/report.ts';
import { readReport } from '../../src/report/reading.ts';

/** Nobody waits longer than this for what is wanted. Milliseconds. */
const ENOUGH_MS = 300_000;

/**
 * Waits for a report to say what is wanted. It is written every second, so the answer is up to that late.
 * @throws Error when the restore came to its end before, or nothing came for five minutes
 */
export async function comeTo(folder: string, wanted: (report: Report) => boolean): Promise<Report> {
  const deadline = Date.now() + ENOUGH_MS;
  for (;;) {
    const report = await readReport(folder);
    if (report !== null && wanted(report)) return report;
    if (report?.state === 'Done' || Date.now() > deadline)
      throw new Error('the Restore went on without being measured');
    await sleep(20);
  }
}

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
