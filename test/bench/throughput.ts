import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BATCH_BYTES, benchArchive, PARTITIONS, RECORD_BYTES } from './archive.ts';
import { inMemory } from './broker-in-memory.ts';
import { inFetchedMemory } from './memory.ts';
import { javaProducer, kafkajsProducer, rekindleRestore, type Load } from './programs.ts';
import { spread, type Spread } from './spread.ts';

/** Of the payload, with what batches and indexes add. */
const LOGS = 1.02;

/**
 * Topics into which the one in the archive is restored, all at once: so the archive is smaller than what is restored, and a
 * restore of ten seconds fits into memory with it.
 */
const TARGETS = 2;

/** kafkajs moves this share of the others' records, and needs as long for them. */
const KAFKAJS_SHARE = 1 / 8;

/** What one round measured, 10^6 bytes of payload per second each. */
interface Round {
  readonly rekindle: number;
  /** How long the restore took. */
  readonly seconds: number;
  readonly java512KiB: number;
  readonly java1MB: number;
  readonly kafkajs: number;
  /** High-water mark of the restore's resident set, MiB. */
  readonly peakRssMiB: number;
}

/** Each program moves the same payload into a new topic of the same broker, in turns. */
export async function compareThroughput(of: { megabytes: number; rounds: number }): Promise<object> {
  return await inMemory(of.megabytes * (1 + 1 / TARGETS) * LOGS, async ({ bootstrap, folder, pages }) => {
    const round = await prepare(folder, bootstrap, of.megabytes);
    // The broker's JVM compiles its code while the first programs run: what they would measure is that.
    const rounds: Round[] = [];
    for (let i = 0; i <= of.rounds; i++) {
      const measured = await round();
      console.error(`round ${i} of ${of.rounds}${i === 0 ? ', not counted' : ''}: ${JSON.stringify(measured)}`);
      if (i > 0) rounds.push(measured);
    }
    return { pages, ...summary(of.megabytes, rounds) };
  });
}

/** @returns what measures every program once */
async function prepare(folder: string, bootstrap: string, megabytes: number): Promise<() => Promise<Round>> {
  const { archive, source, onLoad } = await benchArchive(folder, bootstrap, megabytes / TARGETS, PARTITIONS / TARGETS);
  const inMemoryAtHand = <T>(work: () => Promise<T>): Promise<T> => inFetchedMemory(folder, megabytes * LOGS, work);
  const onAll = (work: (load: Load) => Promise<number>): Promise<number> =>
    onLoad((load) => inMemoryAtHand(() => work(load)), TARGETS);
  const report = join(folder, 'report');
  return async () => {
    const of = { archive: `file:${archive}`, source, report };
    const restored = await onLoad((one) => onLoad((other) => inMemoryAtHand(() => rekindleRestore(of, [one, other]))));
    await rm(report, { recursive: true });
    return {
      rekindle: restored.megabytesPerSecond,
      seconds: restored.seconds,
      java512KiB: await onAll((load) => javaProducer(load, BATCH_BYTES)),
      java1MB: await onAll((load) => javaProducer(load, 1024 * 1024)),
      kafkajs: await onAll((load) =>
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
    /** How long each program took. It should be 10 at least, or what it begins and ends with counts too much. */
    seconds: {
      rekindle: over(({ seconds }) => seconds),
      java512KiB: over(({ java512KiB }) => megabytes / java512KiB),
      java1MB: over(({ java1MB }) => megabytes / java1MB),
      kafkajs: over(({ kafkajs }) => (megabytes * KAFKAJS_SHARE) / kafkajs),
    },
    /** Beside the better of Java's two, round by round; the bar is 2. */
    timesJava: over(({ rekindle, java512KiB, java1MB }) => rekindle / Math.max(java512KiB, java1MB)),
    timesKafkajs: over(({ rekindle, kafkajs }) => rekindle / kafkajs),
    /** The bar is 512. */
    peakRssMiB: over(({ peakRssMiB }) => peakRssMiB),
  };
}
