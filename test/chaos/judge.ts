import { execa } from 'execa';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { javaCommand } from '../support/java.ts';
import { comparison, pairComparison, type TopicPair } from '../support/topics.ts';

const place = z.tuple([z.number(), z.number(), z.number()]);

const answer = comparison.extend({
  pairs: z.array(
    pairComparison.extend({
      /** By partition: runs of `[source offset, target offset, count]` as a reader of committed records finds them. */
      places: z.array(z.array(place)),
      /** By partition: the target offset behind everything. */
      ends: z.array(z.number()),
    }),
  ),
});
export type Judgement = z.infer<typeof answer>;

const failure = z.object({ error: z.string() });

type Program = ReturnType<typeof begin>;

const begin = ({ file, args, env }: Awaited<ReturnType<typeof javaCommand>>) =>
  execa(file, args, { env, buffer: false, stdin: 'pipe', stderr: 'inherit', reject: false });

/**
 * The independent reader, `test/java/JudgeRestores.java`: one program for all scenarios of a run, asked one after the
 * other.
 */
export class Judge {
  readonly #program: Program;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(program: Program) {
    this.#program = program;
    this.#answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }

  /** @param sourceFile the sources' digests, by `writeDigests` */
  static async start(bootstrap: string, sourceFile: string): Promise<Judge> {
    const args = ['--bootstrap', bootstrap, '--source-file', sourceFile];
    return new Judge(begin(await javaCommand('JudgeRestores', args)));
  }

  /** @throws Error in the reader's own words when it could not compare */
  async compare(pairs: readonly TopicPair[]): Promise<Judgement> {
    const question = `${pairs.map(({ source, target }) => `${source}=${target}`).join(',')}\n`;
    const asked = this.#last.then(async () => {
      this.#program.stdin.write(question);
      const line = await this.#answers.next();
      if (line.done === true) throw new Error('the independent reader has ended');
      const parsed: unknown = JSON.parse(line.value);
      const failed = failure.safeParse(parsed);
      if (failed.success) throw new Error(`the independent reader cannot compare: ${failed.data.error}`);
      return answer.parse(parsed);
    });
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  async stop(): Promise<void> {
    this.#program.stdin.end();
    await this.#program;
  }
}
