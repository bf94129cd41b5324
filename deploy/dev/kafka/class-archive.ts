import { execa } from 'execa';
import { access, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cached } from '../cache.ts';
import { unusedPort } from '../ports.ts';
import { serves } from '../probe.ts';
import { StackError } from '../stack-error.ts';
import { brokerClasspath, LITTLE_TO_DO } from './jvm.ts';
import { nodesOf, prepareNode, propertiesFile } from './node.ts';

const ARCHIVE = 'classes.jsa';

/** For all that the broker has to do. Milliseconds. */
const PATIENCE = 120_000;

/**
 * The option by which a broker takes its classes from an archive, instead of reading and checking each of them: that is
 * half of the work of its start. The archive is made once, by a broker that starts and ends.
 * @param jars folder of the jars of one version of Kafka
 */
export async function classArchive(jars: string): Promise<string> {
  const folder = await cached({
    name: `${basename(jars)}-classes`,
    build: async (building) => {
      const cluster = join(building, 'cluster');
      await mkdir(cluster);
      await startAndEnd(jars, cluster, `-XX:ArchiveClassesAtExit=${join(building, ARCHIVE)}`);
      await rm(cluster, { recursive: true });
      await access(join(building, ARCHIVE));
    },
  });
  // Another Java than the one that made it ignores the archive.
  return `-XX:SharedArchiveFile=${join(folder, ARCHIVE)}`;
}

async function startAndEnd(jars: string, folder: string, jvmOption: string): Promise<void> {
  const options = { nodes: 1, folder, ports: [await unusedPort(), await unusedPort(), await unusedPort()] };
  const nodes = nodesOf(options);
  for (const node of nodes) {
    await prepareNode(node, nodes, options, jars);
    const command = [...LITTLE_TO_DO, jvmOption, '-cp', brokerClasspath(jars), 'kafka.Kafka', propertiesFile(node)];
    const broker = execa('java', command, { all: true, reject: false, timeout: PATIENCE });
    const ended = broker.then(() => true);
    const served = { kind: 'kafka', bootstrap: `127.0.0.1:${node.hostPort}`, brokers: 1 } as const;
    while (!(await serves(served))) {
      if (!(await Promise.race([ended, sleep(200, false)]))) continue;
      const { all } = await broker;
      throw new StackError(`A broker of ${basename(jars)} does not start: ${all.split('\n').slice(0, 5).join('\n')}`);
    }
    broker.kill('SIGTERM');
    await ended;
  }
}
