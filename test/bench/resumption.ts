import { totals } from '../../src/model/report.ts';
import { e2eDataset } from '../support/e2e-data.ts';
import { unusedName } from '../support/kafka.ts';
import { reportFolderOf } from '../support/report-on-volume.ts';
import { apply, jobOf, k, restoreObject, until } from '../support/restores.ts';
import { comeTo, comeToNewRecord } from './report-watch.ts';
import { spread, type Spread } from './spread.ts';

/** Slow enough to be interrupted, fast enough that the rate is not what is waited for: a batch takes a fraction of a second. */
const BYTES_PER_SECOND = 150_000;

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
      const last = await comeTo(folder, (report) => totals(report).acknowledged > 0);
      const started = performance.now();
      await k('delete', 'job', jobOf(restoring), '--wait=false');
      await comeToNewRecord(folder, last);
      seconds.push((performance.now() - started) / 1000);
      console.error(`deletion ${i + 1} of ${deletions}: ${seconds.at(-1)?.toFixed(1)} s`);
    }
    return { secondsToFirstNewRecord: spread(seconds) };
  } finally {
    await k('delete', 'restore', name, '--timeout=120s');
  }
}
