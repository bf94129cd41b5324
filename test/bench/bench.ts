// Throughput of `rekindle restore` beside Java's ProducerPerformance and kafkajs, in one run on one broker. Prints
// ratios; absolute figures depend on the machine and on what else it does.
import { Kafka, logLevel } from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { bootstrapServers, unusedName } from '../support/kafka.ts';
import { kafkaTool } from '../support/java.ts';
import { rekindle, restoreArguments, startRekindle } from '../support/rekindle.ts';

const { values } = parseArgs({
  options: {
    /** Megabytes that each program moves; kafkajs, the slowest, moves an eighth. At least 10 s each on two cores. */
    megabytes: { type: 'string', default: '4096' },
  },
});
const records = Math.ceil((Number(values.megabytes) * 1e6) / 1024);
const PARTITIONS = 8;
const RECORD_BYTES = 1024;
const bootstrap = bootstrapServers();
const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-'));
const payload = join(folder, 'payload');

interface Measured {
  megabytesPerSecond: number;
  seconds: number;
  peakRssMiB?: number;
}

try {
  await writeFile(
    payload,
    Array.from({ length: 1000 }, () => randomBytes(RECORD_BYTES / 2).toString('hex')).join('\n'),
  );
  const source = await topic('source');
  const java512 = await javaProducer(source, 512 * 1024, records);
  const archive = `file:${join(folder, 'archive')}`;
  await rekindle(['backup', '--from', bootstrap, '--topics', source, '--to', archive]);
  const javaTarget = await topic('java');
  const java1M = await javaProducer(javaTarget, 1024 * 1024, records);
  await remove(source, javaTarget);

  const target = unusedName('bench-restored');
  const restored = await restore(archive, source, target);
  await remove(target);
  const kafkajsTarget = await topic('kafkajs');
  const kafkajs = await kafkajsProducer(kafkajsTarget, Math.ceil(records / 8));
  await remove(kafkajsTarget);

  const java = Math.max(java512.megabytesPerSecond, java1M.megabytesPerSecond);
  const rounded = (n: number): number => Math.round(n * 100) / 100;
  console.log(
    JSON.stringify(
      {
        records,
        recordBytes: RECORD_BYTES,
        partitions: PARTITIONS,
        rekindle: restored,
        java512KiB: java512,
        java1MB: java1M,
        kafkajs,
        timesJava: rounded(restored.megabytesPerSecond / java),
        timesKafkajs: rounded(restored.megabytesPerSecond / kafkajs.megabytesPerSecond),
      },
      null,
      1,
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function topic(name: string): Promise<string> {
  const unique = unusedName(`bench-${name}`);
  await kafkaTool('TopicCommand', [
    ...['--bootstrap-server', bootstrap, '--create', '--topic', unique, '--partitions', String(PARTITIONS)],
    ...['--config', 'max.message.bytes=2097152'],
  ]);
  return unique;
}

async function remove(...topics: string[]): Promise<void> {
  for (const name of topics)
    await kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--delete', '--topic', name]);
}

async function javaProducer(to: string, batchBytes: number, count: number): Promise<Measured> {
  const started = performance.now();
  await kafkaTool('ProducerPerformance', [
    ...['--topic', to, '--num-records', String(count), '--payload-file', payload, '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${bootstrap}`, `batch.size=${batchBytes}`],
    ...['acks=all', 'linger.ms=20', 'buffer.memory=134217728', 'max.request.size=4194304'],
  ]);
  return measured(count, performance.now() - started);
}

async function kafkajsProducer(to: string, count: number): Promise<Measured> {
  const producer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const lines = (await readFile(payload, 'utf8')).split('\n');
  const PER_SEND = 400;
  const started = performance.now();
  for (let sent = 0; sent < count; sent += PER_SEND) {
    const messages = Array.from({ length: Math.min(PER_SEND, count - sent) }, (_, i) => ({
      value: lines[i % lines.length] ?? '',
      partition: (sent / PER_SEND) % PARTITIONS,
    }));
    await producer.send({ topic: to, acks: -1, messages });
  }
  const result = measured(count, performance.now() - started);
  await producer.disconnect();
  return result;
}

async function restore(from: string, source: string, target: string): Promise<Measured> {
  const report = join(folder, 'report');
  const started = performance.now();
  const running = startRekindle(restoreArguments({ from, to: bootstrap, topics: [`${source}=${target}`], report }));
  let peakRssMiB = 0;
  const watch = setInterval(() => {
    void peakRss(running.pid).then((mib) => (peakRssMiB = Math.max(peakRssMiB, mib)));
  }, 100);
  const { stdout } = await running.finally(() => clearInterval(watch));
  const result = z.object({ records: z.number() }).parse(JSON.parse(stdout));
  return { ...measured(result.records, performance.now() - started), peakRssMiB };
}

/** High-water mark of the resident set, from the kernel. */
async function peakRss(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}

/** Whole-process figures: starting up counts. */
function measured(count: number, ms: number): Measured {
  return {
    megabytesPerSecond: Math.round((count * RECORD_BYTES) / 1000 / ms),
    seconds: Math.round(ms / 100) / 10,
  };
}
