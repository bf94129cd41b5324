import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BATCH_BYTES, benchArchive, PARTITIONS, RECORD_BYTES } from './archive.ts';
import { onBrokerInMemory } from './broker-in-memory.ts';
import { javaProducer, kafkajsProducer, rekindleRestore } from './programs.ts';
import { spread, type Spread } from './spread.ts';

/** Of the payload, with what batches and indexes add. */
const LOGS = 1.1;

/** kafkajs moves this share of the others' records, and needs as long for them. */
const KAFKAJS_SHARE = 1 / 8;

/** What one round measured, 10^6 bytes of payload per second each. */
interface Round {
  readonly rekindle: number;
  readonly java512KiB: number;
  readonly java1MB: number;
  readonly kafkajs: number;
  /** High-water mark of the restore's resident set, MiB. */
  readonly peakRssMiB: number;
}

/** Each program moves the same payload into a new topic of the same broker, in turns. */
export async function compareThroughput(of: { megabytes: number; rounds: number }): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-'));
  try {
    return await onBrokerInMemory(of.megabytes * LOGS, async (bootstrap) => {
      const round = await prepare(folder, bootstrap, of.megabytes);
      // The broker's JVM compiles its code while the first programs run: what they would measure is that.
      const rounds: Round[] = [];
      for (let i = 0; i <= of.rounds; i++) {
        const measured = await round();
        console.error(`round ${i} of ${of.rounds}${i === 0 ? ', not counted' : ''}: ${JSON.stringify(measured)}`);
        if (i > 0) rounds.push(measured);
      }
      return summary(of.megabytes, rounds);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what measures every program once */
async function prepare(folder: string, bootstrap: string, megabytes: number): Promise<() => Promise<Round>> {
  const { archive, source, onLoad } = await benchArchive(folder, bootstrap, megabytes);
  const report = join(folder, 'report');
  return async () => {
    const restored = await onLoad((load) => rekindleRestore({ archive: `file:${archive}`, source, report }, load));
    await rm(report, { recursive: true });
    return {
      rekindle: restored.megabytesPerSecond,
      java512KiB: await onLoad((load) => javaProducer(load, BATCH_BYTES)),
      java1MB: await onLoad((load) => javaProducer(load, 1024 * 1024)),
      kafkajs: await onLoad((load) =>
        kafkajsProducer({ ...load, records: Math.ceil(load.records * KAFKAJS_SHARE) }, PARTITIONS),
      ),
      peakRssMiB: restored.peakRssMiB,
    };
  };
}

function summary(megabytes: number, rounds: readonly Round[]): object {
  const over = (value: (round: Round) => number): Spread => spread(rounds.map(value));
  return {
    megabytes,
    recordBytes: RECORD_BYTES,
    partitions: PARTITIONS,
    /** 10^6 bytes of payload per second. */
    megabytesPerSecond: {
      rekindle: over(({ rekindle }) => rekindle),
      java512KiB: over(({ java512KiB }) => java512KiB),
      java1MB: over(({ java1MB }) => java1MB),
      kafkajs: over(({ kafkajs }) => kafkajs),
    },
    /** Beside the better of Java's two, round by round. */
    timesJava: over(({ rekindle, java512KiB, java1MB }) => rekindle / Math.max(java512KiB, java1MB)),
    timesKafkajs: over(({ rekindle, kafkajs }) => rekindle / kafkajs),
    peakRssMiB: over(({ peakRssMiB }) => peakRssMiB),
  };
}
