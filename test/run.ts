// `npm test`, after lint and types: unit tests, then the local stack, then everything that needs real servers.
import { filesOf, install, onStack, runTests } from './runner.ts';

/** Stops and kills servers that all others use. */
const disturbing = (file: string): boolean => file.endsWith('interruptions.test.ts');

const passed: boolean[] = [];
passed.push(await runTests('Unit', await filesOf('unit'), 2));
await onStack(async () => {
  // Most of these wait for rates and servers: more of them than processors.
  passed.push(await runTests('Integration', await filesOf('integration'), 3));
  // A cluster of its own for each file, whose brokers die.
  passed.push(await runTests('Chaos', await filesOf('chaos'), 1));
  await install();
  const e2e = await filesOf('e2e');
  const peaceful = e2e.filter((file) => !disturbing(file));
  passed.push(await runTests('End to end', peaceful, 3));
  passed.push(await runTests('Interruptions', e2e.filter(disturbing), 1));
});
process.exitCode = passed.every(Boolean) ? 0 : 1;
