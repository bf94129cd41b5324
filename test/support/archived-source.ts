import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startProxiedKafka, type ProxiedKafka, type ProxiedKafkaOptions } from './proxied-kafka.ts';
import type { Proxy } from './proxy.ts';
import { backup } from './rekindle.ts';
import { writeRecords } from './topics.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A cluster of one test file's own with a topic that a Java program wrote, and an archive of that. */
export interface ArchivedSource {
  readonly kafka: ProxiedKafka;
  /** Between clients and its first broker. */
  readonly proxy: Proxy;
  /** Of this test alone, for reports. */
  readonly folder: string;
  /** The archive, as the command takes it. */
  readonly from: string;
}

/** @param of.source the topic: its records are of 300 bytes or so, and of 2019 */
export async function startArchivedSource(
  of: ProxiedKafkaOptions & { readonly source: string; readonly records: number; readonly partitions: number },
): Promise<ArchivedSource> {
  const { source, records, partitions, ...options } = of;
  const kafka = await startProxiedKafka(options);
  const folder = await temporaryFolder(options.name);
  const from = `file:${join(folder, 'archive')}`;
  const proxy = kafka.brokers[0]?.clients ?? assert.fail('there is no broker');
  await writeRecords({ bootstrap: kafka.direct, topic: source, records, partitions, recordBytes: 300 });
  await backup({ from: kafka.direct, to: from, topics: [source] });
  return { kafka, proxy, folder, from };
}
