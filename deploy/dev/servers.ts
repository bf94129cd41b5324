import { isAlive } from './process-identity.ts';
import { launch, signal, terminate, untilReady, type Server } from './server.ts';
import { StackError } from './stack-error.ts';
import { currentStack, updateStack, type PartName, type Stack } from './state.ts';

/** Starts the servers together and returns when all of them serve. What runs already is kept. */
export async function startServers(part: PartName, servers: readonly Server[]): Promise<void> {
  for (const wanted of servers) {
    if (!isRunning(wanted.name)) updateStack((stack) => (stack.servers[wanted.name] = { ...wanted, part }));
  }
  await Promise.all(servers.map(({ name }) => startServer(name)));
}

/** Starts one server again as it was started before, on the same ports, and returns when it serves. */
export async function startServer(name: string): Promise<void> {
  const known = recorded(name);
  let running = known.process;
  if (running === undefined || !isAlive(running)) {
    const started = await launch(known);
    updateStack((stack) => (stack.servers[name] = { ...known, process: started }));
    running = started;
  }
  await untilReady(known, running);
}

/** Stops one server and returns when it is gone. Its data and its ports stay. */
export async function stopServer(name: string): Promise<void> {
  const known = recorded(name);
  if (known.process === undefined) return;
  await terminate(known, known.process);
  forgetProcess(name);
}

/** Stops those of the servers that run, one after the other. */
export async function stopServers(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (isRunning(name)) await stopServer(name);
  }
}

/** Kills one server as a power cut would, and returns when it is gone. */
export async function killServer(name: string): Promise<void> {
  const known = recorded(name);
  if (known.process === undefined) return;
  signal(known.process, 'SIGKILL');
  await terminate(known, known.process);
  forgetProcess(name);
}

/** Names of the part's servers that were ever started, in the order of their start. */
export function serversOf(part: PartName): string[] {
  return Object.entries(currentStack().servers)
    .filter(([, known]) => known.part === part)
    .map(([name]) => name);
}

/** Whether the server's process lives. */
export function isRunning(name: string): boolean {
  return isAlive(currentStack().servers[name]?.process);
}

function forgetProcess(name: string): void {
  updateStack((stack) => delete stack.servers[name]?.process);
}

function recorded(name: string): Stack['servers'][string] {
  const known = currentStack().servers[name];
  if (known === undefined) throw new StackError(`There is no server ${name} in the local stack: npm run stack -- up`);
  return known;
}
