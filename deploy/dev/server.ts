import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { probe, serves } from './probe.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';

/** One server process: all that is needed to start it, to know that it serves, and to start it again the same way. */
export const server = z.object({
  name: z.string(),
  command: z.array(z.string()).min(1),
  /** Working directory. */
  cwd: z.string(),
  /** Besides PATH, HOME and LANG, which every server gets. */
  env: z.record(z.string(), z.string()).default({}),
  /** Standard output and standard error are appended here. */
  log: z.string(),
  ready: probe,
  /** Seconds after SIGTERM until SIGKILL. */
  stopSeconds: z.number().default(20),
});
export type Server = z.infer<typeof server>;

/** Seconds that a server may take until it serves. Kafka, the slowest, takes four on two idle cores. */
const START_SECONDS = 120;
const POLL_MS = 200;
const COMMAND_POLL_MS = 500;

/** Starts the server apart from this process (its own session) and returns as soon as it runs, before it serves. */
export async function launch(wanted: Server): Promise<ProcessIdentity> {
  const [program = '', ...args] = wanted.command;
  mkdirSync(dirname(wanted.log), { recursive: true });
  const log = openSync(wanted.log, 'a');
  try {
    // Not execa: it ties its children to this process, and these must outlive it.
    const child = spawn(program, args, {
      cwd: wanted.cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C.UTF-8', ...wanted.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    await once(child, 'spawn');
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) throw new StackError(`${wanted.name} ended at once: see ${wanted.log}.`);
    return identity;
  } finally {
    closeSync(log);
  }
}

/** Returns when the server serves. Throws with the end of its log when it dies or takes more than two minutes. */
export async function untilReady(wanted: Server, running: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000;
  while (!(await serves(wanted.ready))) {
    if (!isAlive(running)) throw new StackError(`${wanted.name} ended: ${await lastLine(wanted.log)} (${wanted.log})`);
    if (Date.now() > deadline) {
      throw new StackError(`${wanted.name} does not serve after ${START_SECONDS} s: see ${wanted.log}.`);
    }
    // A command is a process of its own, and the server wants the processor.
    await sleep(wanted.ready.kind === 'command' ? COMMAND_POLL_MS : POLL_MS);
  }
}

/** Asks the process to end, and ends it by force after the server's `stopSeconds`. Returns when it is gone. */
export async function terminate(stopping: Server, running: ProcessIdentity): Promise<void> {
  signal(running, 'SIGTERM');
  const deadline = Date.now() + stopping.stopSeconds * 1000;
  while (isAlive(running)) {
    if (Date.now() > deadline) signal(running, 'SIGKILL');
    await sleep(POLL_MS / 4);
  }
}

/** Sends the signal to exactly this process; does nothing when it is gone already. */
export function signal(running: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(running)) return;
  try {
    process.kill(running.pid, name);
  } catch (error) {
    if (isAlive(running)) throw error;
  }
}

async function lastLine(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
  return lines.at(-1) ?? 'it wrote nothing';
}
