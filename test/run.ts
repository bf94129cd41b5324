// `npm test`, after lint and types: unit tests, then the local stack, then everything that needs real servers.
import { execa } from 'execa';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { currentStack } from '../deploy/dev/state.ts';

const checkout = join(import.meta.dirname, '..');
const wasUp = Object.values(currentStack().servers).some(({ process: running }) => running !== undefined);

/** Runs test files with Node's runner. @returns whether all passed */
async function runTests(title: string, pattern: string, options: readonly string[] = []): Promise<boolean> {
  const files = (await Array.fromAsync(glob(pattern, { cwd: checkout }))).toSorted();
  console.log(`\n# ${title}: ${files.length} files`);
  const { exitCode } = await node(['--test', '--test-reporter=spec', ...options, ...files]);
  return exitCode === 0;
}

const node = (args: readonly string[]): Promise<{ exitCode?: number }> =>
  execa(process.execPath, args, { cwd: checkout, stdio: 'inherit', reject: false });

async function stack(...args: string[]): Promise<void> {
  const { exitCode } = await node([join('deploy', 'dev', 'stack.ts'), ...args]);
  if (exitCode !== 0) throw new Error(`the local stack could not do: ${args.join(' ')}`);
}

// Tests with real servers run file by file: they stop and kill servers that others would be using.
const oneByOne = ['--test-concurrency=1'];

const passed: boolean[] = [];
passed.push(await runTests('Unit', 'test/unit/**/*.test.ts'));
try {
  await stack('up');
  passed.push(await runTests('Integration', 'test/integration/**/*.test.ts', oneByOne));
  await stack('image');
  passed.push(await runTests('End to end', 'test/e2e/**/*.test.ts', oneByOne));
} finally {
  // A stack that somebody works with stays up.
  if (!wasUp) await stack('down');
}
process.exitCode = passed.every(Boolean) ? 0 : 1;
