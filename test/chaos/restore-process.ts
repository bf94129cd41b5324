import { execa } from 'execa';
import { endingOf, type Ending } from './ending.ts';

export interface ProcessOptions {
  /** `rekindle.ts` to run. */
  program: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

const begin = ({ program, args, env }: ProcessOptions) =>
  execa(process.execPath, [program, ...args], { env, reject: false, stdin: 'ignore' });

/** One `rekindle restore`. */
export class RestoreProcess {
  readonly number: number;
  readonly ended: Promise<Ending>;
  frozen = false;
  alive = true;
  /** What it said on standard error, once it has ended. */
  log: string[] = [];
  readonly #child: ReturnType<typeof begin>;

  constructor(number: number, options: ProcessOptions) {
    this.number = number;
    this.#child = begin(options);
    this.ended = this.#child.then((result) => {
      this.alive = false;
      this.log = result.stderr.split('\n');
      return endingOf(result);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks it to end, as a Job controller does first. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  freeze(): void {
    if (this.alive) this.frozen = this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    if (this.frozen) this.#child.kill('SIGCONT');
    this.frozen = false;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}
