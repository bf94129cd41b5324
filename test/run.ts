// `npm test`: lint and types, unit tests, then the local stack, and on it everything that needs real servers.
import { checks, filesOf, install, onStack, runTests } from './runner.ts';

/** Stops and kills servers that all others use. */
const disturbing = (file: string): boolean => ['outages', 'chaos'].some((name) => file.endsWith(`${name}.test.ts`));

/** What needs no servers is done while they start. */
async function withoutServers(): Promise<{ goOn: boolean; passed: boolean }> {
  const goOn = await checks(['lint', 'types']);
  return { goOn, passed: goOn && (await runTests('Unit', await filesOf('unit'), { atOnce: 2 })) };
}

const passed: boolean[] = [];
const before = withoutServers();
await onStack(async () => {
  const { goOn, passed: units } = await before;
  passed.push(units);
  if (!goOn) return;
  const integration = runTests('Integration', await filesOf('integration'), { atOnce: 5, leaves: true });
  // They leave the stack's own cluster alone.
  const [havePassed] = await Promise.all([integration, install()]);
  passed.push(havePassed);
  const e2e = await filesOf('e2e');
  const peaceful = e2e.filter((file) => !disturbing(file));
  passed.push(await runTests('End to end', peaceful, { atOnce: 6, leaves: true }));
  // The first of these mostly wait for what they have struck to come back; the others are not disturbed by that.
  const [outages, ownServers] = await Promise.all([
    runTests('Outages and chaos of the stack', e2e.filter(disturbing), { atOnce: 1, leaves: true }),
    runTests('On servers of their own', await filesOf('own-servers'), { atOnce: 3, leaves: true, beside: true }),
  ]);
  passed.push(outages, ownServers);
});
process.exitCode = passed.every(Boolean) ? 0 : 1;
