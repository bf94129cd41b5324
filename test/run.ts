// `npm test`: lint and types, unit tests, then the local stack, and on it everything that needs real servers.
import { checks, filesOf, install, onStack, runTests } from './runner.ts';

/** Stops and kills servers that all others use. */
const disturbing = (file: string): boolean => ['outages', 'chaos'].some((name) => file.endsWith(`${name}.test.ts`));

if (!(await checks(['lint', 'types']))) process.exit(1);
const passed: boolean[] = [];
passed.push(await runTests('Unit', await filesOf('unit'), { atOnce: 2 }));
await onStack(async () => {
  // Most of these wait for rates, servers and brokers that come back: more of them than processors. Chaos takes longest.
  const real = [...(await filesOf('chaos')), ...(await filesOf('integration'))];
  const ofServers = runTests('Integration and chaos', real, { atOnce: 5, leaves: true });
  // They leave the stack's own cluster alone.
  const [havePassed] = await Promise.all([ofServers, install()]);
  passed.push(havePassed);
  const e2e = await filesOf('e2e');
  const peaceful = e2e.filter((file) => !disturbing(file));
  passed.push(await runTests('End to end', peaceful, { atOnce: 6, leaves: true }));
  passed.push(await runTests('Outages and chaos', e2e.filter(disturbing), { atOnce: 1, leaves: true }));
});
process.exitCode = passed.every(Boolean) ? 0 : 1;
