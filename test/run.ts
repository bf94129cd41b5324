// `npm test`, after lint and types: unit tests, then the local stack, then everything that needs real servers.
import { execa } from 'execa';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { installRekindle } from '../deploy/dev/rekindle.ts';
import { currentStack } from '../deploy/dev/state.ts';
import { servedNamespaces } from './support/restores.ts';

const checkout = join(import.meta.dirname, '..');
const wasUp = Object.values(currentStack().servers).some(({ process: running }) => running !== undefined);

/** Runs test files with Node's runner, `atOnce` of them at the same time. @returns whether all passed */
async function runTests(title: string, files: readonly string[], atOnce: number): Promise<boolean> {
  // Without files Node's runner would look for some itself.
  if (files.length === 0) throw new Error(`${title}: there are no test files`);
  console.log(`\n# ${title}: ${files.length} files`);
  const options = ['--test', '--test-reporter=spec', '--test-force-exit', `--test-concurrency=${atOnce}`];
  const { exitCode } = await node([...options, ...files]);
  return exitCode === 0;
}

async function filesOf(folder: string): Promise<string[]> {
  return (await Array.fromAsync(glob(`test/${folder}/**/*.test.ts`, { cwd: checkout }))).toSorted();
}

const node = (args: readonly string[]): Promise<{ exitCode?: number }> =>
  execa(process.execPath, args, { cwd: checkout, stdio: 'inherit', reject: false });

async function stack(command: string): Promise<void> {
  const { exitCode } = await node([join('deploy', 'dev', 'stack.ts'), command]);
  if (exitCode !== 0) throw new Error(`the local stack could not do: ${command}`);
}

/** Stops and kills servers that all others use. */
const disturbing = (file: string): boolean => file.endsWith('interruptions.test.ts');

const passed: boolean[] = [];
passed.push(await runTests('Unit', await filesOf('unit'), 2));
try {
  await stack('up');
  // Most of these wait for rates and servers: more of them than processors.
  passed.push(await runTests('Integration', await filesOf('integration'), 3));
  await stack('image');
  await installRekindle(servedNamespaces);
  process.env['REKINDLE_INSTALLED'] = 'yes';
  const e2e = await filesOf('e2e');
  passed.push(
    await runTests(
      'End to end',
      e2e.filter((file) => !disturbing(file)),
      3,
    ),
  );
  passed.push(await runTests('Interruptions', e2e.filter(disturbing), 1));
} finally {
  // A stack that somebody works with stays up.
  if (!wasUp) await stack('down');
}
process.exitCode = passed.every(Boolean) ? 0 : 1;
