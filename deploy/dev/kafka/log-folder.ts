import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached } from '../cache.ts';
import { brokerClasspath, LITTLE_TO_DO } from './jvm.ts';
import { serverProperties } from './server-properties.ts';

const META = 'meta.properties';

/** Whose log it is. */
export interface LogOwner {
  readonly clusterId: string;
  readonly nodeId: number;
}

/**
 * Makes the folder of a node's log as Kafka's own tool does; one that is there is kept.
 * @param jars folder of the jars of one version of Kafka
 */
export async function formatLog(folder: string, jars: string, owner: LogOwner): Promise<void> {
  if (existsSync(join(folder, META))) return;
  const template = await formattedOnce(jars);
  await cp(template, folder, { recursive: true });
  await writeFile(join(folder, META), ownedBy(await readFile(join(template, META), 'utf8'), owner));
}

/** The tool is a JVM, which takes longer than all the rest of a broker's preparation: its work is kept by version. */
async function formattedOnce(jars: string): Promise<string> {
  const made = await cached({
    name: `${basename(jars)}-log`,
    build: async (building) => {
      const properties = join(building, 'node.properties');
      const [hostPort, podsPort, controllerPort] = [1, 2, 3];
      const node = { id: 1, logFolder: join(building, 'log'), hostPort, podsPort, controllerPort };
      await mkdir(node.logFolder);
      await writeFile(properties, serverProperties(node, [node]));
      const format = ['kafka.tools.StorageTool', 'format', '-t', randomId(), '-c', properties];
      await execa('java', [...LITTLE_TO_DO, '-cp', brokerClasspath(jars), ...format]);
      await rm(properties);
    },
  });
  return join(made, 'log');
}

/** The same `meta.properties` for another node of another cluster. Versions differ in whether folders have an id too. */
export function ownedBy(meta: string, { clusterId, nodeId }: LogOwner): string {
  return meta
    .replace(/^cluster\.id=.*$/m, `cluster.id=${clusterId}`)
    .replace(/^node\.id=.*$/m, `node.id=${nodeId}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${randomId()}`);
}

/** As Kafka writes them. The leading A: an id that begins with a hyphen would be taken for an option. */
export const randomId = (): string => `A${randomBytes(16).toString('base64url').slice(1)}`;
