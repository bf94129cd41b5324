import { setTimeout as sleep } from 'node:timers/promises';
import { totals, type Report } from '../../src/model/report.ts';
import { readReport } from '../../src/report/store.ts';

/** Nobody waits longer than this for what is wanted. Milliseconds. */
const ENOUGH_MS = 300_000;

/** The attempt has acknowledged more than it found. */
export const hasRestored = (report: Report): boolean =>
  totals(report).acknowledged > (report.attempts.at(-1)?.resumedFrom ?? Infinity);

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
