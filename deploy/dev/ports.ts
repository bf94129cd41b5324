import { createServer, type ListenOptions, type Server } from 'node:net';
import { checkout } from './folders.ts';
import { StackError } from './stack-error.ts';
import { currentStack, updateStack } from './state.ts';

/**
 * First and last port that the stack takes. Below the kernel's ephemeral range (32768 on Linux) and Kubernetes' node
 * ports (30000), so that no outgoing connection sits on a server's port while that server is down.
 */
const FIRST = 20_000;
const LAST = 29_999;

/** Answers whether nothing listens on the port, on any address of this machine. */
export type IsFree = (port: number) => Promise<boolean>;

/** Ports that this process has looked at: parts that start at the same time must not choose the same one. */
const lookedAt = new Set<number>();

/** The port for this purpose: chosen the first time that it is asked for, the same ever after. */
export async function portFor(purpose: string): Promise<number> {
  const known = currentStack().ports[purpose];
  if (known !== undefined) return known;
  const chosen = await unusedPort();
  updateStack((stack) => (stack.ports[purpose] = chosen));
  return chosen;
}

/**
 * A port that nobody else is given as long as this process lives, also while the server is down that it is for. It is not
 * in the ephemeral range either, so nobody's outgoing connection takes it.
 */
export async function unusedPort(): Promise<number> {
  for (const port of Object.values(currentStack().ports)) lookedAt.add(port);
  return choosePort(lookedAt, checkout, async (port) => (await reserve(port)) && (await portIsFree(port)));
}

/**
 * The next free port that is not among `avoided`; each port looked at is added there. Two checkouts begin at different
 * places (`seed`), so that a stack that is down finds its ports again.
 */
export async function choosePort(avoided: Set<number>, seed: string, isFree: IsFree): Promise<number> {
  const count = LAST - FIRST + 1;
  const start = hash(seed) % count;
  for (let step = 0; step < count; step += 1) {
    const port = FIRST + ((start + step) % count);
    if (avoided.has(port)) continue;
    avoided.add(port);
    if (await isFree(port)) return port;
  }
  throw new StackError(`No port between ${FIRST} and ${LAST} is free: stop what listens there.`);
}

async function portIsFree(port: number): Promise<boolean> {
  // Binding all addresses fails if anything listens on the port on any of them.
  const server = await listening({ port, host: '0.0.0.0', exclusive: true });
  if (server === undefined) return false;
  await new Promise((closed) => server.close(closed));
  return true;
}

/**
 * Reserves the port among all processes that ask here, by a name that the kernel gives to one process at a time and
 * takes back when that ends, however it ends.
 */
async function reserve(port: number): Promise<boolean> {
  const holder = await listening({ path: `\0rekindle-port-${port}`, exclusive: true });
  holder?.unref();
  return holder !== undefined;
}

/** A server that listens there, or none if another one does. */
function listening(where: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(where, () => resolve(server));
  });
}

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return value;
}
