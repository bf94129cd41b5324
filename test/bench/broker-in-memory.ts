import { join } from 'node:path';
import { hostBootstrap, kafkaServers, KAFKA_VERSION } from '../../deploy/dev/kafka/kafka.ts';
import { unusedPort } from '../../deploy/dev/ports.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { folderInMemory, type MemoryFolder } from './memory.ts';

/** A broker, and a folder beside its logs. */
export interface InMemory extends Pick<MemoryFolder, 'folder' | 'pages'> {
  readonly bootstrap: string;
}

/**
 * Does something with a broker whose logs stand in memory, and with a folder there, so that programs are compared and not how
 * the disk writes back what the program before has written, or whether the kernel has kept what is read again.
 * @param megabytes that its logs and the folder hold at most, at one time
 * @throws Error when the machine has not so much memory
 */
export async function inMemory<T>(megabytes: number, work: (memory: InMemory) => Promise<T>): Promise<T> {
  const memory = await folderInMemory(megabytes);
  const { folder, pages } = memory;
  const kafka = {
    ...{ name: 'kafka-bench', version: KAFKA_VERSION, nodes: 1, folder: join(folder, 'kafka'), heapMegabytes: 1024 },
    // As Kafka's documentation has it for production: in smaller regions every request of a megabyte is a humongous object.
    jvmOptions: ['-XX:+UseG1GC', '-XX:G1HeapRegionSize=16m'],
    ports: [await unusedPort(), await unusedPort(), await unusedPort()],
    // What a deleted topic held is free before the next program begins, not a minute later.
    // And the kernel sizes the sockets' buffers: the 100 KiB that are Kafka's default take ten calls for a megabyte.
    properties: () => ({ 'log.segment.delete.delay.ms': '0', 'socket.receive.buffer.bytes': '-1' }),
  };
  const brokers = (await kafkaServers(kafka)).map((server) => new BrokerProcess(server));
  try {
    for (const broker of brokers) await broker.start();
    for (const broker of brokers) await broker.untilReady();
    return await work({ bootstrap: hostBootstrap(kafka), folder, pages });
  } finally {
    for (const broker of brokers) await broker.kill();
    await memory.remove();
  }
}
