import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { temporaryFolder } from './temporary-folder.ts';

export interface JavaCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const javaOrder = z.object({
  program: z.string(),
  arguments: z.array(z.string()).readonly(),
  /** What it reads from standard input. */
  input: z.string(),
});
export type JavaOrder = z.infer<typeof javaOrder>;

const answer = z.object({ exit: z.number(), out: z.string(), err: z.string() });
export type JavaAnswer = z.infer<typeof answer>;

const started: ChildProcessByStdio<Writable, Readable, null>[] = [];
process.prependOnceListener('exit', () => {
  for (const jvm of started) jvm.kill('SIGKILL');
});

/** Those that nobody waits for. */
const idle: JavaServer[] = [];

/**
 * Has `test/java/Serve.java` run a program, in a JVM that was started before if one is idle: by the process that lends
 * them to all test files of a run if there is one, else by this one.
 */
export async function served(order: JavaOrder, command: () => Promise<JavaCommand>): Promise<JavaAnswer> {
  const lender = process.env[lenderVariable];
  return lender === undefined ? servedHere(order, command) : askLender(lender, order);
}

const lenderVariable = 'REKINDLE_TEST_JAVA';

/**
 * Lends this process's JVMs to all whom it starts from now on: much of what a short program does in a new JVM is to load
 * classes and to compile them.
 * @returns ends it; whatever is asked after that, each process does for itself
 */
export async function lendJava(command: () => Promise<JavaCommand>): Promise<() => void> {
  const folder = await temporaryFolder('java');
  const address = join(folder, 'lender.sock');
  const lender = createServer({ allowHalfOpen: true }, (client) => {
    // Whoever is gone by then does not need the answer.
    client.on('error', () => undefined);
    void json(client)
      .then((asked) => servedHere(javaOrder.parse(asked), command))
      .catch((error: unknown): JavaAnswer => ({ exit: 2, out: '', err: String(error) }))
      .then((answered) => client.end(JSON.stringify(answered)));
  });
  await once(lender.listen(address), 'listening');
  process.env[lenderVariable] = address;
  return () => {
    Reflect.deleteProperty(process.env, lenderVariable);
    lender.close();
  };
}

async function askLender(address: string, order: JavaOrder): Promise<JavaAnswer> {
  const lender = connect({ path: address, allowHalfOpen: true });
  lender.end(JSON.stringify(order));
  return answer.parse(await json(lender));
}

async function servedHere(order: JavaOrder, command: () => Promise<JavaCommand>): Promise<JavaAnswer> {
  const server = idle.pop() ?? new JavaServer(await command());
  const answered = await server.ask(order);
  idle.push(server);
  return answered;
}

/**
 * One JVM, which does one thing at a time. It keeps this process from ending only while it is asked something, and ends
 * with it.
 */
class JavaServer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  constructor({ file, args, env }: JavaCommand) {
    this.#process = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout });
    started.push(this.#process);
  }

  /** @throws Error when the JVM ended */
  async ask(order: JavaOrder): Promise<JavaAnswer> {
    const over = new AbortController();
    this.#keep(true);
    try {
      const ended = once(this.#process, 'exit', over).then(([code, signal]: unknown[]) => {
        throw new Error(`the JVM for ${order.program} ended: ${String(code ?? signal)}`);
      });
      const line = once(this.#lines, 'line', over).then(([text]: unknown[]) => String(text));
      this.#process.stdin.write(`${JSON.stringify(order)}\n`);
      return answer.parse(JSON.parse(await Promise.race([line, ended])));
    } finally {
      over.abort();
      this.#keep(false);
    }
  }

  #keep(alive: boolean): void {
    const { stdin, stdout } = this.#process;
    for (const one of [this.#process, stdin, stdout]) {
      if (one !== this.#process && !(one instanceof Socket)) continue;
      if (alive) one.ref();
      else one.unref();
    }
  }
}
