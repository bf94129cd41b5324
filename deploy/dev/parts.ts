import { join } from 'node:path';
import { ensureBridge, removeBridge, type Bridge } from './bridge.ts';
import { stateFolder } from './folders.ts';
import { kafkaPart } from './kafka/kafka-part.ts';
import { kubernetesPart } from './kube/kubernetes-part.ts';
import { exclusively } from './lock.ts';
import { missingLinux } from './machine.ts';
import type { Part } from './part.ts';
import { isRunning, serversOf, startServer, stopServers } from './servers.ts';
import { s3Part } from './s3/s3-part.ts';
import { StackError } from './stack-error.ts';
import { partNames, type PartName } from './state.ts';
import { temporalPart } from './temporal/temporal-part.ts';

/** Every part, in the order in which they are set up. */
export const parts: readonly Part[] = [kafkaPart, temporalPart, s3Part, kubernetesPart];

/** The parts of these names. */
export function partsNamed(names: readonly PartName[]): Part[] {
  return parts.filter(({ name }) => names.includes(name));
}

/**
 * The existing one that the environment names to be used in place of the part. The address of the stack's own does not
 * count: a person who exported what `up` printed still means the stack.
 */
export async function existing(part: Part, environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const value = environment[part.variable];
  return value === undefined || value === '' || value === (await part.ownValue()) ? undefined : value;
}

/** Runs `work` while no other command changes the stack of this checkout. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  return exclusively(join(stateFolder, 'lock'), work);
}

/** @throws StackError with one line for everything that the machine lacks */
export async function checkMachine(wanted: readonly Part[]): Promise<void> {
  const missing = missingLinux();
  for (const part of wanted) missing.push(...(await part.missing()));
  if (missing.length > 0) throw new StackError([...new Set(missing)].join('\n'));
}

/** Starts the part, or takes the one that the environment names; what runs already is kept. */
export async function bringUp(part: Part, bridge: Bridge | undefined): Promise<void> {
  const value = await existing(part);
  if (value !== undefined) part.useExisting(value);
  else await part.start(bridge);
}

/** Stops the part's servers; its data and its ports stay. */
export async function takeDown(part: Part): Promise<void> {
  if (part.stop !== undefined) await part.stop();
  else await stopServers(serversOf(part.name).reverse());
  // The bridge goes with the last server.
  if (!partNames.some((name) => serversOf(name).some(isRunning))) await removeBridge();
}

/** For tests: stops all servers of the part; data and ports stay. @throws StackError for one that the environment names */
export async function stopPart(name: PartName): Promise<void> {
  await alone(async () => {
    for (const part of partsNamed([name])) {
      if (serversOf(name).length === 0) {
        throw new StackError(
          `${part.title} is not the stack's own: without ${part.variable} in the environment, it is.`,
        );
      }
      await takeDown(part);
    }
  });
}

/** For tests: starts all servers of the part again, on the same ports, and returns when they serve. */
export async function startPart(name: PartName): Promise<void> {
  await alone(async () => {
    await ensureBridge();
    for (const server of serversOf(name)) await startServer(server);
  });
}
