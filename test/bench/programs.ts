// The programs that are compared. Each returns 10^6 bytes of payload per second.
import { Kafka, logLevel } from 'kafkajs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { kafkaTool } from '../support/java.ts';
import { builtProgram, restoreArguments, startRekindle } from '../support/rekindle.ts';

export interface Load {
  readonly bootstrap: string;
  readonly topic: string;
  /** A file with a record's value on each line. */
  readonly payload: string;
  readonly records: number;
  readonly recordBytes: number;
}

/** By the program's own words: without the start of the JVM, but with everything from its first record on. */
export async function javaProducer(load: Load, batchBytes: number): Promise<number> {
  const printed = await kafkaTool('ProducerPerformance', [
    ...['--topic', load.topic, '--num-records', String(load.records)],
    ...['--payload-file', load.payload, '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${load.bootstrap}`, `batch.size=${batchBytes}`],
    ...['acks=all', 'linger.ms=20', 'buffer.memory=134217728', 'max.request.size=4194304'],
  ]);
  const summary = new RegExp(`^${load.records} records sent, ([\\d.]+) records/sec`, 'm').exec(printed);
  if (summary === null) throw new Error(`ProducerPerformance did not say how fast it was: ${printed}`);
  return (Number(summary[1]) * load.recordBytes) / 1e6;
}

/** Batches of 400 records to one partition after the other, from when it is connected. */
export async function kafkajsProducer(load: Load, partitions: number): Promise<number> {
  const PER_SEND = 400;
  const producer = new Kafka({ brokers: load.bootstrap.split(','), logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const lines = (await readFile(load.payload, 'utf8')).split('\n');
  const started = performance.now();
  for (let sent = 0; sent < load.records; sent += PER_SEND) {
    const messages = Array.from({ length: Math.min(PER_SEND, load.records - sent) }, (_, i) => ({
      value: lines[i % lines.length] ?? '',
      partition: (sent / PER_SEND) % partitions,
    }));
    await producer.send({ topic: load.topic, acks: -1, messages });
  }
  const speed = megabytesPerSecond(load, load.records, (performance.now() - started) / 1000);
  await producer.disconnect();
  return speed;
}

/** Into the topics of all the loads, by the clock of the whole process: reading the archive, writing, committing and the proof. */
export async function rekindleRestore(
  of: { archive: string; source: string; report: string },
  loads: readonly [Load, ...Load[]],
): Promise<{ megabytesPerSecond: number; seconds: number; peakRssMiB: number }> {
  const started = performance.now();
  const [{ bootstrap, recordBytes }] = loads;
  const topics = loads.map(({ topic }) => `${of.source}=${topic}`);
  const args = restoreArguments({ from: of.archive, to: bootstrap, topics, report: of.report });
  const running = startRekindle(args, {}, builtProgram);
  let peakRssMiB = 0;
  const watch = setInterval(() => {
    void peakRss(running.pid).then((mib) => (peakRssMiB = Math.max(peakRssMiB, mib)));
  }, 100);
  const { stdout } = await running.finally(() => clearInterval(watch));
  const { records } = z.object({ restore: z.literal('done'), records: z.number() }).parse(JSON.parse(stdout));
  const seconds = (performance.now() - started) / 1000;
  return { megabytesPerSecond: megabytesPerSecond({ recordBytes }, records, seconds), seconds, peakRssMiB };
}

const megabytesPerSecond = ({ recordBytes }: Pick<Load, 'recordBytes'>, records: number, seconds: number): number =>
  (records * recordBytes) / 1e6 / seconds;

/** High-water mark of the resident set, from the kernel. MiB; 0 once the process is gone. */
async function peakRss(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}
