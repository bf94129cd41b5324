import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../src/model/report.ts';
import { totals } from '../../src/model/report.ts';
import { readReport } from '../../src/report/store.ts';
import { e2eDataset } from '../support/e2e-data.ts';
import { unusedName } from '../support/kafka.ts';
import { reportFolderOf } from '../support/report-on-volume.ts';
import { apply, jobOf, k, restoreObject, until } from '../support/restores.ts';
import { spread, type Spread } from './spread.ts';

/** Slow enough to be interrupted, fast enough that the rate is not what is waited for: a batch takes a fraction of a second. */
const BYTES_PER_SECOND = 150_000;

/** Nobody waits longer than this for a new attempt. Milliseconds. */
const ENOUGH_MS = 120_000;

/**
 * Deletes the Job of a Restore again and again.
 * @returns seconds from `kubectl delete job` to the first record that the next attempt has acknowledged and noted; the
 *   report is written every second, so up to one of them is the report's
 */
export async function measureResumption(deletions: number): Promise<{ secondsToFirstNewRecord: Spread }> {
  const data = await e2eDataset({ records: 20_000 * deletions, packages: 100 });
  const name = unusedName('bench');
  const topics = [{ source: data.records, target: `${name}-records` }];
  await apply(restoreObject({ name, source: data.archive, topics, maxBytesPerSecond: BYTES_PER_SECOND }));
  try {
    const seconds: number[] = [];
    for (let i = 0; i < deletions; i++) {
      const restoring = await until(name, 'restoring', ({ status }) => status.phase === 'Restoring');
      const folder = await reportFolderOf(restoring);
      const { epoch } = await comeTo(folder, hasRestored);
      const started = performance.now();
      await k('delete', 'job', jobOf(restoring), '--wait=false');
      await comeTo(folder, (report) => report.epoch > epoch && hasRestored(report));
      seconds.push((performance.now() - started) / 1000);
      console.error(`deletion ${i + 1} of ${deletions}: ${seconds.at(-1)?.toFixed(1)} s`);
    }
    return { secondsToFirstNewRecord: spread(seconds) };
  } finally {
    await k('delete', 'restore', name, '--timeout=120s');
  }
}

/** The attempt has acknowledged more than it found. */
const hasRestored = (report: Report): boolean =>
  totals(report).acknowledged > (report.attempts.at(-1)?.resumedFrom ?? Infinity);

async function comeTo(folder: string, wanted: (report: Report) => boolean): Promise<Report> {
  const deadline = Date.now() + ENOUGH_MS;
  for (;;) {
    const report = await readReport(folder);
    if (report !== null && wanted(report)) return report;
    if (report?.state === 'Done' || Date.now() > deadline)
      throw new Error('the Restore went on without being measured');
    await sleep(20);
  }
}
