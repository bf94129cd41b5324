import { execa } from 'execa';
import { reasons, type Reason } from '../../src/model/reasons.ts';

/** How one process of a restore came to its end. */
export type Ending =
  | { how: 'done' }
  /** A person must act, says the process. */
  | { how: 'halted'; reason: Reason; message: string }
  /** Another process is in charge, the world was in the way, or it was told to end: whoever started it starts it again. */
  | { how: 'gave way'; reason: Reason; message: string }
  | { how: 'killed'; signal: string }
  /** It ended with something that it has no name for. */
  | { how: 'crashed'; message: string };

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

function endingOf({
  exitCode,
  signal,
  stdout,
  stderr,
}: {
  exitCode?: number | undefined;
  signal?: string | undefined;
  stdout: string;
  stderr: string;
}): Ending {
  if (signal !== undefined) return { how: 'killed', signal };
  if (exitCode === 0 && stdout.includes('"restore":"done"')) return { how: 'done' };
  // Several findings are a line each. What has no name of ours ends with where it was thrown.
  const [, word = '', message = ''] = /(?:^|\n)([A-Z]\w+): (.*(?:\n[^{ ].*)*)$/.exec(stderr.trimEnd()) ?? [];
  if (!isReason(word)) return { how: 'crashed', message: stderr.slice(-2_000) };
  const consequence = reasons[word];
  const givesWay = consequence === 'stopped' || consequence === 'waiting';
  return { how: givesWay ? 'gave way' : 'halted', reason: word, message };
}

const isReason = (word: string): word is Reason => Object.hasOwn(reasons, word);
