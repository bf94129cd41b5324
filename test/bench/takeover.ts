import { rm } from 'node:fs/promises';
import { totals } from '../../src/model/report.ts';
import { bootstrapServers, unusedName } from '../support/kafka.ts';
import { kafkaTool } from '../support/java.ts';
import { restoreArguments, startRekindle } from '../support/rekindle.ts';
import { benchArchive, PARTITIONS, RECORD_BYTES } from './archive.ts';
import { SHARED_MEMORY } from './memory.ts';
import { comeTo, comeToNewRecord } from './report-watch.ts';
import { spread, type Spread } from './spread.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Where the process is killed: nearly all is there, so that what grows with it would be seen. */
const SHARE = 0.9;

/**
 * Kills a large restore near its end, again and again, and begins it anew.
 * @returns seconds from the start of the new process to the first record that it has acknowledged and noted: the report is
 *   written every second, so up to one of them is the report's
 */
export async function measureTakeover(of: { megabytes: number; topics: number; kills: number }): Promise<object> {
  const folder = await temporaryFolder('bench');
  const bootstrap = bootstrapServers();
  const name = unusedName('bench-takeover');
  // Not on the disk that the broker fills: what is waited for must not be that a note of the report gets to it.
  const report = await temporaryFolder('bench', SHARED_MEMORY);
  try {
    const { archive, source } = await benchArchive(folder, bootstrap, Math.ceil(of.megabytes / of.topics));
    const topics = Array.from({ length: of.topics }, (_, i) => `${source}=${name}-${i}`);
    const begin = (): ReturnType<typeof startRekindle> =>
      startRekindle(restoreArguments({ from: `file:${archive}`, to: bootstrap, topics, report }));
    let running = begin();
    let last = await comeTo(report, (at) => totals(at).acknowledged >= SHARE * totals(at).records);
    const seconds: number[] = [];
    for (let i = 0; i < of.kills; i++) {
      running.kill('SIGKILL');
      await running.catch(() => undefined);
      const started = performance.now();
      running = begin();
      last = await comeToNewRecord(report, last);
      seconds.push((performance.now() - started) / 1000);
      console.error(`takeover ${i + 1} of ${of.kills}: ${seconds.at(-1)?.toFixed(2)} s`);
    }
    await running;
    const secondsToFirstNewRecord: Spread = spread(seconds);
    return { ...of, partitions: of.topics * PARTITIONS, recordBytes: RECORD_BYTES, secondsToFirstNewRecord };
  } finally {
    await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--delete', '--topic', `${name}-.*`]);
    for (const made of [folder, report]) await rm(made, { recursive: true, force: true });
  }
}
