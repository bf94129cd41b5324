import { execa } from 'execa';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../deploy/dev/folders.ts';
import { GO_WITH_MEMORY } from '../deploy/dev/go-program.ts';
import { installRekindle } from '../deploy/dev/rekindle.ts';
import { currentStack, partNames, type PartName } from '../deploy/dev/state.ts';
import { javaCommand } from './support/java.ts';
import { lendJava } from './support/java-server.ts';
import { servedNamespaces } from './support/restores.ts';
import { keepTemporal } from './temporal-keeper.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const checkout = join(import.meta.dirname, '..');

// Half of the time of a short process is compiling: those that tests start share what one of them has compiled.
process.env['NODE_COMPILE_CACHE'] ??= join(cacheFolder, 'node-compile-cache');

// As do kubectl and other tools in Go, of which there are hundreds.
Object.assign(process.env, GO_WITH_MEMORY);

/**
 * Runs scripts of `package.json` at the same time and shows what each has printed when all have ended.
 * @returns whether all succeeded
 */
export async function checks(names: readonly string[]): Promise<boolean> {
  const run = (name: string) => execa('npm', ['run', name], { cwd: checkout, all: true, reject: false });
  const ended = await Promise.all(names.map(run));
  for (const { all } of ended) console.log(all);
  return ended.every(({ exitCode }) => exitCode === 0);
}

/**
 * Runs test files with Node's runner.
 * @param how.atOnce files at the same time
 * @param how.beside they run beside others, which come first: what is printed is shown when all have ended
 * @param how.leaves what is left open at the end of a file may not keep it: then the last lines of what passed can be missing
 * @returns whether all passed
 */
export async function runTests(
  title: string,
  files: readonly string[],
  how: { atOnce: number; leaves?: boolean; beside?: boolean },
): Promise<boolean> {
  // Without files Node's runner would look for some itself.
  if (files.length === 0) throw new Error(`${title}: there are no test files`);
  const heading = `\n# ${title}: ${files.length} files`;
  const beside = how.beside ?? false;
  if (!beside) console.log(heading);
  const options = ['--test', `--test-concurrency=${how.atOnce}`];
  if (how.leaves === true) options.push('--test-force-exit');
  const { exitCode, all } = await withFailures((reporters) => node([...options, ...reporters, ...files], beside));
  if (beside) console.log(`${heading}\n${String(all)}`);
  return exitCode === 0;
}

/** Why the tests that failed did, once more: between them and the end of a run there may be a thousand lines. */
export function sayFailures(): void {
  if (failures.some((text) => text !== '')) console.log(`\n# What failed\n${failures.join('')}`);
}

const failures: string[] = [];

async function withFailures<T>(run: (reporters: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder('failures');
  const file = join(folder, 'failures.txt');
  try {
    return await run([
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./test/failures-reporter.ts', `--test-reporter-destination=${file}`],
    ]);
  } finally {
    failures.push(await readFile(file, 'utf8').catch(() => ''));
  }
}

/** The test files of a folder of `test`, sorted. */
export async function filesOf(folder: string): Promise<string[]> {
  return (await Array.fromAsync(glob(`test/${folder}/**/*.test.ts`, { cwd: checkout }))).toSorted();
}

/**
 * Brings the local stack up for this work; one that somebody works with stays up afterwards.
 * @param parts default all
 */
export async function onStack<T>(work: () => Promise<T>, parts: readonly PartName[] = partNames): Promise<T> {
  const wasUp = Object.values(currentStack().servers).some(({ process: running }) => running !== undefined);
  const only = ['--only', parts.join(',')];
  try {
    await stack('up', ...only);
    const letTemporalBe = keepTemporal();
    const lendNoMore = await lendJava(() => javaCommand('Serve', []));
    return await work().finally(async () => {
      lendNoMore();
      await letTemporalBe();
    });
  } finally {
    if (!wasUp) await stack('down', ...only);
  }
}

/** Builds the image of this checkout and installs it, once for all test files that follow. */
export async function install(): Promise<void> {
  await stack('image');
  await installRekindle(servedNamespaces);
  process.env['REKINDLE_INSTALLED'] = 'yes';
}

async function stack(command: string, ...options: readonly string[]): Promise<void> {
  const { exitCode } = await node([join('deploy', 'dev', 'stack.ts'), command, ...options]);
  if (exitCode !== 0) throw new Error(`the local stack could not do: ${command}`);
}

/** With so much nicer priority the others have about nine tenths of a processor that both want. */
const NICER = 10;

function node(args: readonly string[], beside = false): Promise<{ exitCode?: number; all?: unknown }> {
  const options = { cwd: checkout, reject: false } as const;
  if (!beside) return execa(process.execPath, args, { ...options, stdio: 'inherit' });
  return execa('nice', ['-n', `${NICER}`, process.execPath, ...args], { ...options, all: true });
}
