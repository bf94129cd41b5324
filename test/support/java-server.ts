import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

export interface JavaCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface JavaOrder {
  readonly program: string;
  readonly arguments: readonly string[];
  /** What it reads from standard input. */
  readonly input: string;
}

const answer = z.object({ exit: z.number(), out: z.string(), err: z.string() });
export type JavaAnswer = z.infer<typeof answer>;

/** Those that nobody waits for. Each ends with its standard input, that is with this process. */
const idle: JavaServer[] = [];

/** Has `test/java/Serve.java` run a program, in a JVM that was started before if one is idle. */
export async function served(order: JavaOrder, command: () => Promise<JavaCommand>): Promise<JavaAnswer> {
  const server = idle.pop() ?? new JavaServer(await command());
  const answered = await server.ask(order);
  idle.push(server);
  return answered;
}

/** One JVM, which does one thing at a time. It keeps this process from ending only while it is asked something. */
class JavaServer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  constructor({ file, args, env }: JavaCommand) {
    this.#process = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout });
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
